"""The first sheet: the verdict, what was asked, what came of it, and what it rests on."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from core.tables import Cell, Figure, Kind, Table
from core.templatetags.figures import moment, month, number
from core.vocabulary import label
from planning.models import Assumption, Plan
from planning.tables.facts import Facts

Rows = list[list[Cell]]
COSTS = ("reachable", "cost", "profit")


def summary(facts: Facts) -> Table:
    plan = facts.plan
    return Table(
        slug="summary",
        title=f"{label(plan.name)} {plan.year}",
        lead=[facts.verdict],
        heads=[_("What"), _("Value"), _("Note")],
        rows=[*_inputs(plan), *_figures(facts), *_basis(facts), *_assumptions(facts)],
    )


def _inputs(plan: Plan) -> Rows:
    weights = ", ".join(number(weight, 2) for weight in plan.shape)
    return [
        [_("Status"), str(plan.get_status_display())],
        [_("Pipeline"), str(plan.pipeline)],
        [_("Team"), str(plan.team) if plan.team else _("the whole company")],
        [_("Target"), Figure(plan.target, "money"), plan.currency],
        [_("To be reached with a chance of"), Figure(plan.confidence / 100, "share")],
        [_("Weights of the months"), weights],
        [_("Wanted"), str(plan.get_objective_display())],
        [_("Budget for leads"), Figure(plan.budget, "money") if plan.budget is not None else "–"],
        [_("Gross margin"), Figure(plan.margin, "share") if plan.margin is not None else "–"],
        [_("May hire"), _("yes") if plan.may_hire else _("no")],
    ]


def _figures(facts: Facts) -> Rows:
    found = facts.found
    if not found:
        return []
    last = found["last_lead_month"]
    rows: Rows = [
        [_("Expected"), Figure(found["expected"], "money"), *facts.at_most],
        [_("Chance of the target"), Figure(found["p_target"], "share"), *facts.at_most],
        [_("At least, 4 of 5 times"), Figure(found["p80_revenue"], "money"), *facts.at_most],
        [_("New leads"), Figure(sum(facts.of_month("new_leads")), "decimal"), *facts.asked_for],
        [
            _("Last lead that pays this year"),
            Figure(date.fromisoformat(last), "month") if last else "–",
        ],
    ]
    return rows + _attainable(facts) + _costs(facts)


def _attainable(facts: Facts) -> Rows:
    """The leads that go with what can be done, where the others are those of the target."""
    attainable = facts.found.get("attainable")
    if attainable is None or facts.is_reached:
        return []
    return [[_("New leads"), Figure(attainable["leads"], "decimal"), *facts.at_most]]


def _costs(facts: Facts) -> Rows:
    """What people and channels make of it, where they are typed."""
    found, most = facts.found, _("Whatever the target")
    notes = {name: [most] if name == "reachable" else facts.at_most for name in COSTS}
    named = {
        "reachable": _("The most that can be expected within the limits"),
        "cost": _("Cost of leads, people, hires and overtime"),
        "profit": _("Gross margin less that cost"),
    }
    return [
        [name, Figure(found[key], "money"), *notes[key]]
        for key, name in named.items()
        if found.get(key) is not None
    ]


def _basis(facts: Facts) -> Rows:
    estimate, solved = facts.plan.estimate, facts.plan.solved_at
    if estimate is None:
        return []
    rows: Rows = [
        [_("Rates known at"), moment(estimate.as_of), _("Estimate %(n)s") % {"n": estimate.pk}]
    ]
    if solved:
        rows.append([_("Solved"), moment(timezone.localtime(solved))])
    return rows


def _assumptions(facts: Facts) -> Rows:
    assumed = facts.found.get("assumed_per_month")
    rows: Rows = []
    if assumed:
        text = _("New leads a month until the year begins, as in the last year")
        rows.append([_("Assumed"), Figure(assumed, "decimal"), text])
    return rows + [_assumption(row) for row in facts.plan.assumptions.told()]


def _assumption(row: Assumption) -> list[Cell]:
    kind: Kind = "share" if row.kind == Assumption.Kind.PROMOTION else "decimal"
    by = f"{row.by or '–'}, {month(row.at, 'LLL')} {row.at.year}"
    return [
        _("Assumed: %(what)s") % {"what": _what(row)},
        Figure(row.value, kind),
        f"{row.reason} ({by})",
    ]


def _what(row: Assumption) -> str:
    kind = str(row.get_kind_display())
    return f"{kind}, {row.name}" if row.row else kind
