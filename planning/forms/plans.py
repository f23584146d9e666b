"""Forms of plans."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from core import clock
from core.conflicts import OtherChange
from core.forms import HOW, AmountField, PercentField
from pipeline.models import Pipeline
from planning.models import Plan
from planning.models.plans import MONTHS, NEEDS_MARGIN, YEARS_AHEAD, even_shape, validate_shape
from planning.models.visibility import teams_planned_by

TOP_OF_SLIDER = 100
MEANS = (
    "objective",
    "budget",
    "margin",
    "may_hire",
    "flexibility",
    "wait_days",
    "wait_half_life",
)
MAY_BE_EMPTY = ("budget", "margin")


class ShapeField(forms.Field):
    """Twelve weights from inputs of one name, as a list of floats; nothing at all is ``None``."""

    def clean(self, value: Any) -> list[float] | None:
        given = value or []
        if not given:
            return None
        try:
            shape = [float(weight) for weight in given]
        except ValueError as error:
            raise forms.ValidationError(_("A month's weight is a number.")) from error
        validate_shape(shape)
        return shape


class ManyInputs(forms.Widget):
    """Reads every input of its name."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class PlanInputs(forms.Form):
    """What the planning page asks: a target, its year, how sure, and the shape of the year."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    target = AmountField(
        label=gettext_lazy("Target"),
        min_value=0,
        max_digits=18,
        decimal_places=2,
        error_messages={"required": HOW},
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1990, max_value=2100)
    confidence = forms.TypedChoiceField(
        label=gettext_lazy("Confidence"), choices=Plan.Confidence.choices, coerce=int
    )
    # What others saved while this form was open; it must be looked at before it is saved.
    others: Sequence[OtherChange] = ()

    shape = ShapeField(label=gettext_lazy("New leads by month"), required=False, widget=ManyInputs)

    objective = forms.ChoiceField(
        label=gettext_lazy("What the plan is best in"),
        choices=Plan.Objective.choices,
        required=False,
    )
    budget = AmountField(
        label=gettext_lazy("Budget for leads"),
        min_value=0,
        max_digits=18,
        decimal_places=2,
        required=False,
    )
    margin = PercentField(
        label=gettext_lazy("Gross margin, in %"), min_value=0, max_value=1, required=False
    )
    may_hire = forms.TypedChoiceField(
        label=gettext_lazy("Hires"),
        choices=[("yes", gettext_lazy("may hire")), ("no", gettext_lazy("without hires"))],
        coerce=lambda value: value == "yes",
        required=False,
        empty_value=None,
    )
    flexibility = PercentField(
        label=gettext_lazy("Months may differ from the shape, in %"),
        min_value=0,
        max_value=1,
        required=False,
    )
    wait_days = forms.FloatField(
        label=gettext_lazy("Days a customer waits gladly"),
        min_value=0,
        max_value=365,
        required=False,
    )
    wait_half_life = forms.FloatField(
        label=gettext_lazy("Days more that halve the chance"),
        min_value=0.1,
        max_value=3650,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """What the page does not ask stays as it is; so does what must not be empty."""
        data = cast("dict[str, Any]", super().clean())
        for name in MEANS:
            is_empty = data.get(name) in (None, "") and name not in MAY_BE_EMPTY
            if name not in self.errors and (name not in self.data or is_empty):
                data[name] = self.initial.get(name)
        if self._lacks_margin(data):
            self.add_error("margin", NEEDS_MARGIN)
        return {
            name: value for name, value in data.items() if name not in MEANS or name in self.initial
        }

    def _lacks_margin(self, data: dict[str, Any]) -> bool:
        is_asked = "margin" in self.initial and "margin" not in self.errors
        return (
            is_asked
            and data.get("objective") == Plan.Objective.PROFIT
            and data.get("margin") is None
        )

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        last = clock.today().year + YEARS_AHEAD
        if year > last:
            message = _("Rates say little of so distant a year: plan up to %(year)s.")
            raise forms.ValidationError(message % {"year": last})
        return year

    def clean_shape(self) -> list[float] | None:
        """The plan's own weights where the sliders stand as they would show them."""
        shape: list[float] | None = self.cleaned_data["shape"]
        stored = self.initial.get("shape")
        if shape is None or (stored and slider_positions(stored) == slider_positions(shape)):
            return stored
        return shape


class SavePlanForm(PlanInputs):
    """The same with the version that the person saw."""

    version = forms.IntegerField(min_value=1)


class NewPlanForm(PlanInputs):
    """The same with what is decided once: the pipeline, the team and the currency."""

    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=gettext_lazy("Team"),
        required=False,
        empty_label=gettext_lazy("the whole company"),
        help_text=gettext_lazy(
            "A plan of a team counts the people of that team and of those below it. Rates and what "
            "is open are those of the whole company."
        ),
    )
    pipeline = forms.ModelChoiceField(
        Pipeline.objects.filter(is_active=True), label=gettext_lazy("Pipeline")
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"), max_length=3, min_length=3, required=False
    )

    field_order = ["name", "target", "currency", "year", "confidence", "pipeline", "team"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("shape", *MEANS):
            del self.fields[name]
        field = cast("forms.ModelChoiceField[Pipeline]", self.fields["pipeline"])
        pipeline = field.queryset.first() if field.queryset is not None else None
        field.empty_label = None
        self._offer(teams_planned_by(user), own=user.team)
        self.initial.setdefault("pipeline", pipeline)
        self.initial.setdefault("year", next_plan_year())
        self.initial.setdefault("confidence", Plan.Confidence.LIKELY)
        if pipeline:
            self.fields["currency"].widget.attrs["placeholder"] = pipeline.currency

    def _offer(self, teams: QuerySet[Team], *, own: Team | None) -> None:
        """The teams that may be planned; whose own is one among others begins with it."""
        cast("forms.ModelChoiceField[Team]", self.fields["team"]).queryset = teams
        if own and own.parent_id and teams.filter(pk=own.pk).exists():
            self.initial.setdefault("team", own)

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if currency and not (currency.isascii() and currency.isalpha()):
            raise forms.ValidationError(_("A currency is three letters, such as CNY."))
        return currency


def next_plan_year() -> int:
    """This year while it is young, else the next."""
    today = clock.today()
    return today.year if today.month <= MONTHS // 2 else today.year + 1


def slider_positions(shape: list[float]) -> list[int]:
    """Weights as whole hundredths of the largest; an even year stands in the middle."""
    top = max(shape)
    if not top:
        return [0] * MONTHS
    if min(shape) == top:
        return [TOP_OF_SLIDER // 2] * MONTHS
    return [round(TOP_OF_SLIDER * weight / top) for weight in shape]


EVEN_SLIDERS = slider_positions(even_shape())
