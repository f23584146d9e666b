"""The dimensions a plan is split by: their values, the reader's names, and what each won."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from accounts.models import Team, User
from core import clock
from core.money import RateTable
from core.vocabulary import label
from crm.models import LifecycleChange, Product, Source
from pipeline.models import Estimate, Opportunity, StageChange
from planning.funnel_law import known_funnel
from planning.models import Plan
from planning.models.plans import MONTHS
from planning.models.targets import TargetPart
from planning.rounding import CENT

Dimension = TargetPart.Dimension
IN_TIME = (Dimension.MONTH, Dimension.QUARTER)
SEGMENTS = tuple(dimension for dimension in Dimension if dimension not in IN_TIME)
COLUMNS = {
    Dimension.TEAM: "owner__team_id",
    Dimension.SOURCE: "source_id",
    Dimension.REGION: "region",
    Dimension.PRODUCT: "product_id",
}
REFERRED: dict[str, Any] = {
    Dimension.TEAM: Team,
    Dimension.SOURCE: Source,
    Dimension.PRODUCT: Product,
}
NOTHING_SAID = ""
"""The value of what belongs to no team, source, region or product."""

WON = ("won", 0)
"""Stands for the won stage among the (kind, id) of stages."""


def value_of(key: Any) -> str:
    return NOTHING_SAID if key is None else str(key)


def names_of(dimension: str, values: Iterable[str]) -> dict[str, str]:
    """The reader's word for each value. One query, none for regions."""
    wanted = set(values)
    if dimension not in REFERRED:
        found = {value: label(value) for value in wanted if value}
    else:
        ids = [int(value) for value in wanted if value]
        rows = REFERRED[dimension].objects.in_bulk(ids) if ids else {}
        found = {
            value: str(rows[int(value)]) if int(value) in rows else _("no longer there")
            for value in wanted
            if value
        }
    return found | ({NOTHING_SAID: nothing_said(dimension)} if NOTHING_SAID in wanted else {})


def nothing_said(dimension: str) -> str:
    return {
        "team": _("without a team"),
        "source": _("without a source"),
        "region": _("without a region"),
        "product": _("without a product"),
    }[dimension]


def may_plan(user: User, dimension: str, value: str) -> bool:
    """Whether ``user`` may see and set a part: a manager those of the own teams alone."""
    is_of_a_team = dimension == Dimension.TEAM and value != NOTHING_SAID
    return user.is_admin or not is_of_a_team or value in {str(pk) for pk in user.team_ids}


def teams_of(plan: Plan) -> QuerySet[Any] | None:
    """The plan's own team and those below it; None for a plan of the whole company."""
    if plan.team_id is None:
        return None
    below: QuerySet[Any] = Team.objects.descendants(plan.team_id, include_self=True)
    return below.values("pk")


def last_year() -> tuple[datetime, datetime]:
    """The first instant of the last twelve whole months, and the first after them."""
    present = clock.today().replace(day=1)
    first = present.replace(year=present.year - 1)
    return clock.day_start(first), clock.day_start(present)


def won_last_year(plan: Plan, dimension: str, *, seen_by: User) -> dict[str, Decimal]:
    """What the deals that ``seen_by`` may see have brought, by value, in the plan's currency.

    One query, and one for rates where there are other currencies. Raises MissingExchangeRate.
    """
    start, end = last_year()
    deals = Opportunity.objects.visible_to(seen_by).won()
    deals = deals.filter(pipeline=plan.pipeline_id, closed_at__gte=start, closed_at__lt=end)
    teams = teams_of(plan)
    if teams is not None:
        deals = deals.filter(owner__team__in=teams)
    day = TruncDate("closed_at", tzinfo=clock.company_zone())
    rows = list(
        deals.exclude(amount=None)
        .order_by()
        .values_list(COLUMNS[Dimension(dimension)], "currency", day)
        .annotate(Sum("amount"))
    )
    foreign = any(currency != plan.currency for _value, currency, _day, _amount in rows)
    rates = RateTable(plan.currency) if foreign else None
    found: dict[str, Decimal] = {}
    for key, currency, on, amount in rows:
        worth = amount * rates.rate(currency, on) if rates else amount
        found[value_of(key)] = found.get(value_of(key), Decimal(0)) + worth
    return {value: amount.quantize(CENT) for value, amount in found.items()}


def won_by_month(estimate: Estimate | None, *, currency: str) -> list[float] | None:
    """Won amounts of the last twelve whole months by month of the fiscal year.

    None with less than a year of history, or nothing won in it. Raises MissingExchangeRate.
    """
    if estimate is None:
        return None
    funnel = known_funnel(estimate, currency=currency)
    months, won = funnel.months[:-1][-MONTHS:], funnel.won[:-1][-MONTHS:]
    if len(won) < MONTHS or not won.any():
        return None
    found = [0.0] * MONTHS
    for month, amount in zip(months, won, strict=True):
        found[int(month + 1 - settings.FISCAL_YEAR_START) % MONTHS] += float(amount)
    return found


def entries_last_year(plan: Plan, dimension: str) -> dict[tuple[str, int], dict[str, int]]:
    """Entries into each stage, (kind, id) or WON, by value; of the whole company. Two queries.

    Customers have no product, so that their stages are missing there.
    """
    column = COLUMNS[Dimension(dimension)]
    return entries_by(plan, column, has_customers=dimension != Dimension.PRODUCT)


def entries_by(
    plan: Plan, column: str, *, has_customers: bool
) -> dict[tuple[str, int], dict[str, int]]:
    """The same by any ``column`` that deals have, and customers too where ``has_customers``."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for stage, (key,), count in _entries_by(plan, (column,), has_customers=has_customers):
        _add(found.setdefault(stage, {}), key, count)
    return found


def entries_by_source(
    plan: Plan, column: str, *, has_customers: bool
) -> dict[tuple[str, int], dict[str, dict[str, int]]]:
    """The same by ``column`` and, within that, by source."""
    found: dict[tuple[str, int], dict[str, dict[str, int]]] = {}
    columns = (column, COLUMNS[Dimension.SOURCE])
    for stage, (key, source), count in _entries_by(plan, columns, has_customers=has_customers):
        _add(found.setdefault(stage, {}).setdefault(value_of(key), {}), source, count)
    return found


def _entries_by(
    plan: Plan, columns: tuple[str, ...], *, has_customers: bool
) -> Iterator[tuple[tuple[str, int], tuple[Any, ...], int]]:
    """Stage, the value of each column, and entries; two queries, one without customers."""
    start, end = last_year()
    moves = StageChange.objects.live().filter(pipeline=plan.pipeline_id)
    moves = moves.filter(opportunity__archived_at__isnull=True)
    rows = (
        moves.filter(at__gte=start, at__lt=end)
        .order_by()
        .values_list("to_stage", "to_stage__is_won", *(f"opportunity__{each}" for each in columns))
        .annotate(Count("pk"))
    )
    for stage, is_won, *keys, count in list(rows):
        yield WON if is_won else ("opportunity", stage), tuple(keys), count
    if not has_customers:
        return
    climbs = LifecycleChange.objects.live().filter(ladder__pipelines=plan.pipeline_id)
    climbs = climbs.filter(at__gte=start, at__lt=end).order_by()
    of_customers = climbs.values_list("to_stage", *(f"customer__{each}" for each in columns))
    for stage, *keys, count in of_customers.annotate(Count("pk")):
        yield ("customer", stage), tuple(keys), count


def _add(found: dict[str, int], key: Any, count: int) -> None:
    found[value_of(key)] = found.get(value_of(key), 0) + count
