"""Revenue by month, how sure it is, and what stands in its way."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.tables import Cell, Figure, Table
from core.vocabulary import label
from planning.covered_words import no_limit_sentence
from planning.limit_words import by_weight, limit_sentence
from planning.rounding import cents, split_money
from planning.tables.facts import Document, Facts
from planning.targets import target_by_month

PARTS = ("certain", "from_pipeline", "new")
LEVELS = ("p10", "p25", "p50", "p75", "p90")


def revenue(facts: Facts) -> Table:
    """Parts to the cent, so that months and year are exactly their sums."""
    months = len(facts.months)
    flat = cents([value for name in PARTS for value in facts.of_month(name)])
    parts = [flat[place * months : (place + 1) * months] for place in range(len(PARTS))]
    targets = _targets(facts)
    rows = [
        _revenue_row(facts, place, [part[place] for part in parts], targets[place])
        for place in range(months)
    ]
    rows.append(_year_row(facts, parts))
    return Table(
        slug="revenue",
        title=_("Expected revenue by month"),
        lead=facts.asked_for,
        heads=[
            _("Month"),
            _("Won already"),
            _("From the open pipeline"),
            _("From new leads"),
            _("Expected"),
            _("4 of 5 times at least"),
            _("4 of 5 times at most"),
            _("Target"),
            _("Wins"),
            *([] if facts.is_reached else [_("At most within the limits")]),
        ],
        rows=rows,
    )


def _revenue_row(facts: Facts, place: int, parts: list[Decimal], target: Decimal) -> list[Cell]:
    found, most = facts.found["months"][place], facts.found.get("most")
    money = (found["low80"], found["high80"], target)
    return [
        Figure(facts.months[place], "month"),
        *(Figure(part, "money") for part in parts),
        Figure(sum(parts), "money", left=len(parts)),
        *(Figure(value, "money") for value in money),
        Figure(found["wins"] + found.get("won_so_far", 0.0), "decimal"),
        *([Figure(most["months"][place]["revenue"], "money")] if most else []),
    ]


def _year_row(facts: Facts, parts: list[list[Decimal]]) -> list[Cell]:
    months, most = len(facts.months), facts.found.get("most")
    sums = [sum(part) for part in parts]
    wins = sum(facts.of_month("wins")) + sum(
        month.get("won_so_far", 0.0) for month in facts.found["months"]
    )
    return [
        str(facts.plan.year),
        *(Figure(each, "money", above=months) for each in (*sums, sum(sums))),
        None,
        None,
        Figure(facts.plan.target, "money", above=months),
        Figure(wins, "decimal"),
        *([Figure(sum(m["revenue"] for m in most["months"]), "money")] if most else []),
    ]


def _targets(facts: Facts) -> list[Decimal]:
    """The plan's target by month, a twelfth each where it is not split."""
    months = [1] * len(facts.months)
    return target_by_month(facts.plan) or split_money(facts.plan.target, months)


def fan(facts: Facts, found: Document) -> Table:
    rows: list[list[Cell]] = [
        [
            Figure(date.fromisoformat(month["month"]), "month"),
            *(Figure(month[level], "money") for level in LEVELS),
        ]
        for month in found["months"]
    ]
    year = [Figure(found["year"][level], "money") for level in LEVELS]
    return Table(
        slug="risk",
        title=_("Revenue since the year's start, of years drawn at random"),
        lead=[
            _("In nine of ten years it is more than the first column, in one more than the last.")
        ],
        heads=[_("Month"), "10 %", "25 %", "50 %", "75 %", "90 %"],
        rows=[*rows, [str(facts.plan.year), *year]],
    )


def overload(found: Document) -> Table:
    """Both ends of how people choose whom to serve."""
    load = found["overload"]
    orders = ((_("whoever asked last first"), "kind"), (_("first come, first served"), "harsh"))
    return Table(
        slug="overload",
        title=_("The same year under its load of work"),
        heads=[
            _("If people serve"),
            _("Revenue"),
            _("Wins"),
            _("Wasted leads"),
            _("Still waiting at the end"),
            *(f"{label(stage)}, {_('days waited')}" for stage in load["stages"]),
            *(_("%(role)s: past 85 %%") % {"role": label(role)} for role in load["roles"]),
            *(_("%(role)s: past 100 %%") % {"role": label(role)} for role in load["roles"]),
        ],
        rows=[[name, *_load(load[order])] for name, order in orders],
    )


def _load(load: Document) -> list[Cell]:
    days = (date.fromisoformat(day) if day else None for day in (*load["strained"], *load["full"]))
    return [
        Figure(load["revenue"], "money"),
        *(Figure(load[name], "decimal") for name in ("wins", "wasted_leads", "never_served")),
        *(Figure(each, "decimal") for each in load["mean_wait"]),
        *(Figure(day, "day") for day in days),
    ]


def limits(facts: Facts) -> Table:
    """Each with its worth, in whichever of cost, revenue or profit it is counted."""
    units = {"cost": _("cost saved"), "revenue": _("revenue"), "profit": _("profit")}
    return Table(
        slug="limits",
        title=_("What limits it"),
        lead=[] if facts.found["limits"] else [no_limit_sentence(facts.is_over, facts.is_reached)],
        heads=[
            _("Limit"),
            _("From"),
            _("Until"),
            _("Worth is"),
            _("Worth of one unit more"),
            _("Worth of one percent more"),
            _("One hire more from"),
            _("Worth of the hire"),
        ],
        rows=[
            [
                limit_sentence(limit),
                *(
                    Figure(date.fromisoformat(limit[name]), "month")
                    for name in ("month", "last_month")
                ),
                units[limit["priced_in"]],
                *(Figure(limit[name], "money") for name in ("price", "percent")),
                Figure(limit["hire_month"] and date.fromisoformat(limit["hire_month"]), "month"),
                Figure(limit["hire_price"], "money"),
            ]
            for limit in by_weight(facts.found["limits"])
        ],
    )
