"""Shaped reads of plans: what pages, API and commands show."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.templatetags.figures import month, number, short_money
from pipeline.models import Estimate
from planning.covered_words import covered_sentence
from planning.limit_words import limit_sentence, limited_verdict
from planning.means_changes import MeansChanges, means_changes
from planning.models import Assumption, Plan, Requirement
from planning.requirement_rows import requirement_rows
from planning.solving import SolvedPlan, plan_months
from planning.use_words import A_TWENTIETH, unknown_volume

# A multiple of ten or more is read as a magnitude: its decimals say nothing.
TENFOLD = 10
# Fewer entries than this are rounding.
NOBODY = 1e-9


def requirement_document(row: Requirement, found: dict[str, Any]) -> dict[str, Any]:
    """The documented shape of a requirement row of the solution ``found``."""
    return {
        "month": row.month.isoformat(),
        "kind": row.kind,
        "stage": row.stage,
        "name": row.name,
        "part": row.part,
        "segment": row.segment,
        "entries": row.entries,
        "from_pipeline": row.from_pipeline,
        "new": row.new,
        "low80": row.low80,
        "high80": row.high80,
        "quality": {"mean_amount": row.mean_amount, "success": row.success},
        "mix": _mix(row, found),
    }


def _mix(row: Requirement, found: dict[str, Any]) -> dict[str, float] | None:
    """Where those who enter come from, as shares of them all; None where nobody enters, and of a
    plan that was solved before this was known."""
    if row.entries < NOBODY or "origins" not in found:
        return None
    place = [month["month"] for month in found["months"]].index(row.month.isoformat())
    so_far, direct = (found["origins"][key][row.position][place] for key in ("so_far", "direct"))
    parts = {
        "so_far": so_far,
        "open": row.from_pipeline - so_far,
        "direct": direct,
        "new_leads": row.new - direct,
    }
    return {name: min(max(part / row.entries, 0.0), 1.0) for name, part in parts.items()}


def plan_document(
    plan: Plan, solved: SolvedPlan | None = None, *, changes: MeansChanges | None = None
) -> dict[str, Any]:
    """The documented shape of a solved plan: as it was solved last, or a preview.

    ``changes``: what differs now from the means it was solved with, where that is known already.

    Where neither people nor channels are typed, ``reachable``, ``cost`` and ``profit`` are null,
    and the lists that speak of them are empty. Of a target out of reach, ``requirements``,
    ``months``, ``leads``, ``multiplier``, ``last_lead_month`` and the hours needed are what it
    would take (``required``); all other figures are of the best plan within the limits
    (``attainable``).
    """
    found = solved.document() if solved else (plan.solution or {})
    estimate = solved.estimate if solved else plan.estimate
    rows = requirement_rows(solved) if solved else plan.requirements.all()
    if changes is None:
        changes = MeansChanges() if solved else means_changes(plan)
    code = found.get("code", "too_little_history")
    return {
        "plan": plan.pk,
        "estimate": found.get("estimate"),
        "target": str(plan.target),
        "currency": plan.currency,
        "expected": found.get("expected"),
        "p_target": found.get("p_target"),
        "p80_revenue": found.get("p80_revenue"),
        "reachable": found.get("reachable"),
        "verdict": {"code": code, "text": verdict_text(plan, found, estimate)},
        "limits": [limit | {"text": limit_sentence(limit)} for limit in found.get("limits", [])],
        "requirements": [requirement_document(row, found) for row in rows],
        "capacity": found.get("capacity", []),
        "spend": found.get("spend", []),
        "hires": found.get("hires", []),
        "cost": found.get("cost"),
        "profit": found.get("profit"),
        "months": found.get("months", []),
        "leads": found.get("leads"),
        "multiplier": found.get("multiplier"),
        "assumed_per_month": found.get("assumed_per_month"),
        "last_lead_month": found.get("last_lead_month"),
        "assumptions": [assumption_document(row) for row in plan.assumptions.all()],
        "highest_target": found.get("highest_target"),
        "required": found.get("required"),
        "attainable": found.get("attainable"),
        "waiting": found.get("waiting"),
        "means_changed": changes.any,
        "means_changes": list(changes.rows),
    }


def assumption_document(row: Assumption) -> dict[str, Any]:
    """The documented shape of an assumption."""
    kind, stage = row.row or (None, None)
    return {
        "kind": row.kind,
        "stage": {"kind": kind, "id": stage} if kind else None,
        "value": row.value,
        "reason": row.reason,
        "by": row.by_id,
        "at": row.at.astimezone(clock.company_zone()).isoformat(),
    }


def is_over(plan: Plan, estimate: Estimate | None) -> bool:
    """Whether the plan's year had ended when the rates it is solved with were known."""
    end = plan_months(plan.year + 1)[0]
    return estimate is not None and timezone.localdate(estimate.as_of) >= end


def verdict_text(plan: Plan, found: dict[str, Any], estimate: Estimate | None) -> str:
    """The verdict of a solve with ``estimate`` as a sentence that says what follows from it."""
    if not found:
        return _("Not solved yet: the rates of this pipeline have not been computed.")
    code, multiplier = found["code"], found["multiplier"]
    if code != "too_little_history" and is_over(plan, estimate):
        return _("This year is over: %(won)s of %(target)s were won.") % {
            "won": short_money(found["expected"], plan.currency),
            "target": short_money(plan.target, plan.currency),
        }
    if found.get("is_limited") and code != "too_little_history":
        return limited_verdict(plan, found)
    if code == "unreachable" and found["leads"]:
        return _(
            "Out of reach: it would take %(times)s times as many new leads a month as in the "
            "last year."
        ) % {"times": _times(multiplier)}
    if code == "unreachable":
        return _(
            "Out of reach: no new lead can still bring revenue within this year. "
            "The open pipeline alone has a chance of %(chance)s."
        ) % {"chance": _percent(found["p_target"])}
    if code == "too_little_history":
        return _(
            "Too little history: too few deals have been won to say what a new lead brings. "
            "Log or import deals that were won and lost, with their dates."
        )
    if not found["leads"]:
        return covered_sentence(plan, found)
    if multiplier is None or multiplier < A_TWENTIETH:
        text = _("Reachable by these rates. People and budget are not checked yet.")
        return " ".join(filter(None, [text, unknown_volume(found)]))
    sentence = (
        _(
            "Tight: it takes %(times)s times as many new leads a month as in the last year. "
            "People and budget are not checked yet."
        )
        if code == "tight"
        else _(
            "Reachable by these rates, with %(times)s times the new leads a month of the last "
            "year. People and budget are not checked yet."
        )
    )
    return sentence % {"times": _times(multiplier)}


def _times(multiplier: float) -> str:
    return number(multiplier, 0 if multiplier >= TENFOLD else 1)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def month_labels(plan: Plan, pattern: str = "LLL") -> list[str]:
    """The short names of a plan year's months, in order."""
    return [month(first, pattern) for first in plan_months(plan.year)]
