"""A plan's target in parts, as pages, API and charts read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Team, User
from core.money import MissingExchangeRate
from core.templatetags.figures import month
from crm.models import Product, Source
from pipeline.selectors import latest_estimate
from planning.models import Plan
from planning.models.plans import MONTHS
from planning.models.targets import MONTHS_OF
from planning.rounding import split_money
from planning.segments import (
    IN_TIME,
    NOTHING_SAID,
    Dimension,
    may_plan,
    names_of,
    teams_of,
    won_by_month,
    won_last_year,
)
from planning.solving import plan_months

QUARTERS = MONTHS_OF[Dimension.QUARTER]
MONTHS_OF_QUARTER = MONTHS // QUARTERS
MOST_PARTS = 100
"""More parts than this nobody plans by hand; what is won beyond them has no part of its own."""

Parts = dict[str, Decimal]


@dataclass(frozen=True)
class Candidate:
    """A value that may have a part: what it won in the last year, where that is known."""

    value: str
    name: str
    last_year: Decimal | None


@dataclass(frozen=True)
class TargetParts:
    """The parts of one dimension that somebody may see; ``elsewhere`` is the sum of the others."""

    dimension: str
    parts: Parts
    elsewhere: Decimal


def stored_parts(plan: Plan, dimension: str) -> Parts:
    """All parts by value, in the order in which they were set."""
    rows = plan.target_parts.filter(dimension=dimension).order_by("pk")
    return dict(rows.values_list("value", "amount"))


def all_parts(plan: Plan) -> dict[str, Parts]:
    """The parts of every dimension that has any. One query."""
    found: dict[str, Parts] = {}
    rows = plan.target_parts.order_by("pk").values_list("dimension", "value", "amount")
    for dimension, value, amount in rows:
        found.setdefault(dimension, {})[value] = amount
    return found


def visible_parts(dimension: str, stored: Mapping[str, Decimal], user: User) -> TargetParts:
    mine = {value: amount for value, amount in stored.items() if may_plan(user, dimension, value)}
    elsewhere = sum(stored.values(), Decimal(0)) - sum(mine.values(), Decimal(0))
    return TargetParts(dimension, mine, elsewhere)


def scaled(parts: Mapping[str, Decimal], target: Decimal) -> Parts:
    """``parts`` in the same proportions, with ``target`` for a sum, to the cent."""
    return dict(zip(parts, split_money(target, list(parts.values())), strict=True))


def target_by_month(plan: Plan) -> list[Decimal] | None:
    """The plan's target by month, as it stands on ``plan``, saved or not; None where not split."""
    parts = stored_parts(plan, Dimension.MONTH)
    return list(_in_order(scaled(parts, plan.target), MONTHS)) if parts else None


def quarters_of(months: Mapping[str, Decimal]) -> Parts:
    amounts = _in_order(months, MONTHS)
    return {
        str(q + 1): sum(amounts[MONTHS_OF_QUARTER * q :][:MONTHS_OF_QUARTER], Decimal(0))
        for q in range(QUARTERS)
    }


def months_of(quarters: Mapping[str, Decimal], weights: Sequence[float | Decimal]) -> Parts:
    """Each quarter's amount over its months by the year's ``weights`` [12], to the cent."""
    found = []
    for q, amount in enumerate(_in_order(quarters, QUARTERS)):
        found += split_money(amount, weights[MONTHS_OF_QUARTER * q :][:MONTHS_OF_QUARTER])
    return {str(i + 1): amount for i, amount in enumerate(found)}


def _in_order(parts: Mapping[str, Decimal], count: int) -> list[Decimal]:
    return [parts.get(str(i + 1), Decimal(0)) for i in range(count)]


def season_of(plan: Plan) -> list[float] | list[Decimal]:
    """Weights of the twelve months: those of its parts, else the last year's, else its shape."""
    parts = stored_parts(plan, Dimension.MONTH)
    if parts:
        return _in_order(parts, MONTHS)
    return season_of_history(plan) or plan.shape


def season_of_history(plan: Plan) -> list[float] | None:
    """What was won in each month of the last year, of the whole company; None where unknown."""
    try:
        return won_by_month(latest_estimate(plan.pipeline), currency=plan.currency)
    except MissingExchangeRate:
        return None


def candidates(plan: Plan, dimension: str, user: User) -> list[Candidate]:
    """What ``user`` may hand the target out to: months in order, else the largest won first."""
    if dimension in IN_TIME:
        return _in_time(plan, dimension)
    try:
        won: Parts | None = won_last_year(plan, dimension, seen_by=user)
    except MissingExchangeRate:
        won = None
    stored = set(visible_parts(dimension, stored_parts(plan, dimension), user).parts)
    last = {v: amount for v, amount in (won or {}).items() if may_plan(user, dimension, v)}
    known = names_of(dimension, stored | set(last) | {NOTHING_SAID})
    names = _existing(plan, dimension, user) | known
    values = _most_telling(set(names) - {NOTHING_SAID}, stored, last)
    values.sort(key=lambda value: (-last.get(value, 0), names[value]))
    return [
        Candidate(value, names[value], None if won is None else last.get(value, Decimal(0)))
        for value in (*values, NOTHING_SAID)
    ]


def _most_telling(values: set[str], stored: set[str], won: Parts) -> list[str]:
    """As many as a page can hold: those with a part, then those that won most."""
    ordered = sorted(values, key=lambda value: (value not in stored, -won.get(value, 0), value))
    return ordered[: MOST_PARTS - 1]


def _existing(plan: Plan, dimension: str, user: User) -> dict[str, str]:
    """Values that exist, whether or not they ever won anything, and their names."""
    if dimension == Dimension.TEAM:
        teams, below = Team.objects.all(), teams_of(plan)
        teams = teams if user.is_admin else teams.filter(pk__in=user.team_ids)
        rows: Any = teams if below is None else teams.filter(pk__in=below)
    elif dimension == Dimension.SOURCE:
        rows = Source.objects.filter(is_active=True)
    elif dimension == Dimension.PRODUCT:
        rows = Product.objects.filter(is_active=True)
    else:
        rows = []
    return {str(row.pk): str(row) for row in rows}


def _in_time(plan: Plan, dimension: str) -> list[Candidate]:
    history = season_of_history(plan)
    won = None if history is None else {str(i + 1): _cents(x) for i, x in enumerate(history)}
    if dimension == Dimension.QUARTER and won is not None:
        won = quarters_of(won)
    return [
        Candidate(str(i + 1), name, won[str(i + 1)] if won else None)
        for i, name in enumerate(period_names(plan, dimension))
    ]


def period_names(plan: Plan, dimension: str) -> list[str]:
    """Jan 2002, or the quarter with its first and last month, of the company's fiscal year."""
    months = plan_months(plan.year)
    if dimension == Dimension.MONTH:
        return [month(first, _("LLL y")) for first in months]
    spans = [months[i : i + MONTHS_OF_QUARTER] for i in range(0, MONTHS, MONTHS_OF_QUARTER)]
    return [
        _("Quarter %(n)s · %(first)s to %(last)s")
        % {"n": q, "first": month(span[0], "LLL"), "last": month(span[-1], "LLL")}
        for q, span in enumerate(spans, start=1)
    ]


def part_names(plan: Plan, dimension: str, values: Sequence[str]) -> dict[str, str]:
    if dimension in IN_TIME:
        names = period_names(plan, dimension)
        return {value: names[int(value) - 1] for value in values}
    return names_of(dimension, values)


def _cents(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def targets_document(plan: Plan, user: User) -> dict[str, Any]:
    """The documented shape of a target in parts, of what ``user`` may see."""
    return {
        "plan": plan.pk,
        "target": str(plan.target),
        "currency": plan.currency,
        "version": plan.version,
        "dimensions": [
            _document(plan, visible_parts(dimension, parts, user))
            for dimension, parts in all_parts(plan).items()
        ],
    }


def _document(plan: Plan, found: TargetParts) -> dict[str, Any]:
    names = part_names(plan, found.dimension, list(found.parts))
    return {
        "dimension": found.dimension,
        "parts": [
            {"value": value, "name": names[value], "amount": str(amount)}
            for value, amount in found.parts.items()
        ],
        "elsewhere": str(found.elsewhere),
    }
