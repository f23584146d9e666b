"""Where a plan reads its repeat business, chosen on its page beside what history tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock, toasts
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from crm.repeat_business import MonthOfPurchases
from pipeline.views.requests import PageRequest, add_errors, sentence_of
from planning.forms.channel_budgets import TypedAmount
from planning.forms.repeat import TYPED, RepeatForm, initial_of, month_field
from planning.models import Plan
from planning.models.plans import MONTHS
from planning.repeat import RepeatOfPurchases, buyers_with_deals, repeat_of_purchases
from planning.selectors import month_labels
from planning.services.plans import NoEstimate, preview_plan, update_plan
from planning.services.repeat import KEPT, set_repeat_business
from planning.solving import plan_months
from planning.views.access import visible_plan
from planning.what_if import figures_of, saved_figures

UNDO = "undo_repeat"
TALLEST = 36.0


@dataclass(frozen=True)
class Bar:
    """A month of purchases as a bar of a picture 36 high."""

    of: MonthOfPurchases
    place: int
    height: float

    @property
    def x(self) -> int:
        return 10 * self.place

    @property
    def y(self) -> float:
        return round(TALLEST - self.height, 2)


@dataclass(frozen=True)
class RepeatPicture:
    """``found`` is None where an exchange rate is missing, which ``problem`` then says.

    ``buyers``: customers who purchased in these months; ``with_deals``: who won a deal in them too.
    """

    found: RepeatOfPurchases | None
    problem: str
    buyers: int = 0
    with_deals: int = 0

    @property
    def bars(self) -> Sequence[Bar]:
        months = self.found.months if self.found else ()
        top = max((float(month.repeat_amount) for month in months), default=0.0) or 1.0
        return [
            Bar(month, i, round(TALLEST * float(month.repeat_amount) / top, 2))
            for i, month in enumerate(months)
        ]


def repeat_picture(plan: Plan) -> RepeatPicture:
    """What the purchases tell, by what the plan's rates know; a fixed number of queries."""
    as_of = plan.estimate.as_of if plan.estimate else clock.default_as_of()
    try:
        months = plan_months(plan.year)
        asked = {"currency": plan.currency, "overlap": plan.repeat_overlap}
        found = repeat_of_purchases(months, as_of=as_of, **asked)
    except MissingExchangeRate as error:
        return RepeatPicture(None, str(error))
    buyers, both = buyers_with_deals(found, as_of=as_of) if found.is_known else (0, 0)
    return RepeatPicture(found, "", buyers, both)


def repeat_context(plan: Plan, form: RepeatForm | None = None) -> dict[str, Any]:
    """What the card shows; the form is its own, beside that of the plan's inputs."""
    form = form or RepeatForm(initial=initial_of(plan))
    return {
        "repeat": repeat_picture(plan),
        "repeat_form": form,
        "repeat_inputs": list(zip(form.month_inputs, month_labels(plan), strict=True)),
        "repeat_total": _total(form.month_inputs),
        "repeat_typed": sum(plan.repeat_by_month or ()),
    }


def repeat(request: PageRequest, pk: int) -> HttpResponse:
    """A POST fills the row for trial, or saves the choice; the card alone is given to htmx."""
    plan = visible_plan(request, pk)
    if request.method != "POST":
        return redirect(_address(plan))
    if "fill" in request.POST:
        return _card(request, plan, _filled(request.POST))
    form = RepeatForm(request.POST)
    if form.is_valid() and _saved(request, plan, form):
        return redirect(_address(plan))
    return _card(request, visible_plan(request, pk), form, status=422)


@require_POST
def preview(request: PageRequest, pk: int) -> HttpResponse:
    """The total, and what the plan would be with what is typed; nothing is saved."""
    plan, form = visible_plan(request, pk), RepeatForm(request.POST)
    saved, tried, problem = saved_figures(plan), None, ""
    if form.is_valid():
        try:
            tried = figures_of(preview_plan(_tried(plan, form)))
        except NoEstimate:
            problem = _("The rates of this pipeline have not been computed yet.")
        except MissingExchangeRate as error:
            problem = str(error)
    total = _total(form.month_inputs)
    context = {"plan": plan, "saved": saved, "tried": tried, "problem": problem}
    return render(request, "planning/_repeat_answer.html", context | {"repeat_total": total})


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """The choice before this person's last, if nobody changed the plan since."""
    plan = visible_plan(request, pk)
    before = request.session.pop(UNDO, None)
    if not before or before["plan"] != pk:
        toasts.refused(request, _("There is nothing left to undo."))
        return redirect(_address(plan))
    plan.version = before["version"]
    try:
        update_plan(plan, by=request.user, **before["fields"])
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, sentence_of(error))
    except MissingExchangeRate as error:
        toasts.refused(request, str(error))
    else:
        toasts.done(request, _("Undone."))
    return redirect(_address(plan))


def _address(plan: Plan) -> str:
    return reverse("planning:plan", args=[plan.pk])


def _tried(plan: Plan, form: RepeatForm) -> Plan:
    source = form.cleaned_data["repeat_from"]
    plan.repeat_from_purchases = source == Plan.RepeatFrom.PURCHASES
    plan.repeat_overlap = form.cleaned_data["overlap"]
    plan.repeat_by_month = [float(n) for n in form.by_month] if source == TYPED else None
    return plan


def _saved(request: PageRequest, plan: Plan, form: RepeatForm) -> bool:
    data, before = form.cleaned_data, {name: getattr(plan, name) for name in KEPT}
    plan.version = data["version"]
    try:
        set_repeat_business(
            plan,
            by=request.user,
            source=data["repeat_from"],
            by_month=form.by_month,
            reason=data.get("reason") or "",
            overlap=data["overlap"],
        )
    except ValidationError as error:
        add_errors(form, error)
    except (StaleVersion, MissingExchangeRate) as error:
        form.add_error(None, str(error))
    else:
        request.session[UNDO] = {"plan": plan.pk, "version": plan.version, "fields": before}
        undo_at = reverse("planning:undo_repeat", args=[plan.pk])
        toasts.done(request, _("Saved."), undo=undo_at)
    return not form.errors


def _filled(data: QueryDict) -> RepeatForm:
    """One amount for every month; nothing typed clears them."""
    filled, text = data.copy(), str(data.get("every", ""))
    if not TypedAmount.of(text).error:
        for place in range(MONTHS):
            filled[month_field(place)] = text
        filled["every"] = ""
    filled["repeat_from"] = TYPED
    form = RepeatForm(filled)
    form.every = TypedAmount.of(str(filled.get("every", "")))
    return form


def _total(inputs: Sequence[BoundField]) -> Decimal:
    """Of what can be read."""
    typed = (TypedAmount.of(str(each.value() or "")) for each in inputs)
    return sum((each.amount for each in typed if each.amount is not None), Decimal(0))


def _card(request: PageRequest, plan: Plan, form: RepeatForm, *, status: int = 200) -> HttpResponse:
    context = {"plan": plan, **repeat_context(plan, form), "saved": saved_figures(plan)}
    if request.htmx:
        return render(request, "planning/_repeat.html", context, status=status)
    return render(request, "planning/repeat.html", context, status=status)
