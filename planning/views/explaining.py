"""A number of the planning page opened to its arithmetic, down to the deals behind the rate."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.api.fields import id_of
from core.money import MissingExchangeRate
from pipeline.models import Estimate
from pipeline.views.opening import behind_url, narrowed_to, stage_behind
from pipeline.views.requests import PageRequest
from planning.explain_entry_words import banded, is_assumed
from planning.explain_names import exact_money, part_name, title_of
from planning.explain_pictures import css_of, picture_of
from planning.explain_questions import asked_of, cell_of_whole
from planning.explain_rows import rows_of
from planning.explain_words import sentences
from planning.explained import Asked, Explained, NothingToExplain, Part, Told
from planning.explaining import explain
from planning.explaining_shares import shares_asked
from planning.models import Plan
from planning.selectors import month_labels
from planning.services.plans import NoEstimate
from planning.shares import Shares
from planning.solving import SolvedPlan
from planning.views.plans import shown_plan, typed_plan


@dataclass(frozen=True)
class ShownPart:
    """A row of the table of parts; ``url`` leads to the deals that it speaks of."""

    css: str
    name: str
    shown: float
    money: str
    exact: float | None
    url: str


def explanation(request: PageRequest, pk: int) -> HttpResponse:
    """In a dialog, or as a page of its own; a POST explains what is typed. Nothing is saved."""
    asked = asked_of(request.POST.get("cell") or request.GET.get("cell", ""))
    if asked is None:
        raise Http404
    plan, form = typed_plan(request, pk)
    context: dict[str, Any] = {"plan": plan, "title": _("Where it comes from")}
    if form.is_bound and not form.is_valid():
        context["problem"] = _("Once what is typed can be solved, its numbers can be explained.")
        return _rendered(request, context)
    try:
        solved = shown_plan(plan, form, estimate=_estimate(request, plan))
        context |= _context(solved, asked, shares_asked(solved, asked, request.user))
    except NoEstimate:
        context["problem"] = _("The rates of this pipeline have not been computed yet.")
    except MissingExchangeRate as error:
        context["problem"] = str(error)
    except NothingToExplain as error:
        raise Http404 from error
    return _rendered(request, context)


def _rendered(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    template = "planning/_explained.html" if request.htmx else "planning/explained.html"
    return render(request, template, context)


def _estimate(request: PageRequest, plan: Plan) -> Estimate | None:
    """The rates that the page shows the plan with, else those it was solved with."""
    named = id_of(request.POST.get("estimate", ""))
    if named is None:
        return plan.estimate
    found = Estimate.objects.filter(pipeline=plan.pipeline, segment="", pk=named).first()
    return found or plan.estimate


def _context(solved: SolvedPlan, asked: Asked, shares: Shares | None) -> dict[str, Any]:
    explained = explain(solved, asked, shares)
    told = Told(solved)
    rows = rows_of(explained)
    return {
        "title": title_of(solved, explained.asked),
        "explained": explained,
        "sentences": sentences(solved, explained),
        "picture": picture_of(told, explained),
        "plan_months": month_labels(solved.plan),
        "rows": [_part(told, explained, row.part, row.shown, row.exact) for row in rows],
        "total": exact_money(sum(row.shown for row in rows), solved.plan.currency),
        "exact": sum(row.exact or 0.0 for row in rows),
        "has_exact": any(row.exact is not None for row in rows),
        "rate": _rate(solved, explained),
        "whole": explained.facts["share"]["whole"] if shares else None,
        "whole_cell": cell_of_whole(asked) if shares else "",
    }


def _part(
    told: Told, explained: Explained, part: Part, shown: float, exact: float | None
) -> ShownPart:
    solved = told.solved
    return ShownPart(
        css=css_of(told, explained, explained.parts.index(part)),
        name=part_name(solved, part),
        shown=shown,
        money=exact_money(shown, solved.plan.currency),
        exact=exact,
        url=_deals_of(solved, explained, part),
    )


def _deals_of(solved: SolvedPlan, explained: Explained, part: Part) -> str:
    """The open deals that a part speaks of, or those whose amounts its mean is taken from."""
    stage = explained.asked.stage
    if part.origin == "open":
        return _behind(solved, part.stage, outcome="open")
    if part.origin == "sized":
        return _behind(solved, stage, outcome="open")
    if part.origin != "sized_leads":
        return ""
    source = channel_sources(solved).get(part.name)
    return _behind(solved, stage, **({"source": str(source)} if source else {}))


def channel_sources(solved: SolvedPlan) -> dict[str, int]:
    """The source of each channel that the plan may buy from, by its name."""
    within = solved.within
    return {each.name: each.source_id for each in within.known.channels} if within else {}


def _rate(solved: SolvedPlan, explained: Explained) -> dict[str, Any] | None:
    """The success rate with the stage's page and the deals, or customers, behind it."""
    rate, stage = explained.facts.get("rate"), explained.asked.stage
    if rate is None or stage is None or rate["success"]["rate"] is None:
        return None
    told_by = explained.facts.get("told_by")
    behind = _behind(solved, stage)
    if told_by:
        behind = stage_behind(told_by, rate, narrowed_to(told_by, explained.asked.value or None))
    return {
        "text": banded(rate),
        "name_of_part": explained.asked.name if told_by else "",
        "is_of_all": bool(explained.asked.dimension) and not told_by,
        "is_assumed": is_assumed(explained.facts),
        "kind": rate["kind"],
        "stage": rate["stage"],
        "name": rate["name"],
        "entered": rate["entered"],
        "behind": behind,
    }


def _behind(solved: SolvedPlan, stage: int | None, **more: str) -> str:
    """Those who entered a stage, by what was known when the rates were made."""
    if stage is None:
        return ""
    kind, pk = solved.funnel.rows[stage]
    about = {"pipeline": solved.plan.pipeline_id, "kind": kind, "stage": pk}
    return behind_url(**about, as_of=solved.estimate.as_of.isoformat(), **more)
