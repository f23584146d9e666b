"""What campaigns and channels brought for what they cost. Every lead counts once.

A lead is a customer who entered the default ladder on one of the campaign's days and is a member of
it or came through its source. Where several campaigns could claim one, membership goes before the
source, and the campaign that began last before the others. A member who had entered earlier and is
won after having responded is a win of the campaign too, but no lead of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from core import clock
from core.money import RateTable
from crm.arrivals import Arrivals, Membership, Reach, arrivals, memberships
from crm.models import Campaign, Source
from crm.unit_costs import CENT, UnitCost, unit_cost


@dataclass(frozen=True)
class CampaignFigures:
    """Counts are customers; costs are in the campaign's own currency."""

    leads: int
    won: int
    undecided: int
    per_lead: UnitCost
    per_won: UnitCost


def campaign_figures(campaigns: Sequence[Campaign]) -> dict[int, CampaignFigures]:
    """The figures of some campaigns by key, with four queries."""
    if not campaigns:
        return {}
    today = clock.today()
    since = min(campaign.starts_on for campaign in campaigns)
    last = max(min(campaign.ends_on or today, today) for campaign in campaigns)
    before = max(since, last + timedelta(days=1))
    reach = _reach(since, before)
    return {campaign.pk: _figures(campaign, reach[campaign.pk]) for campaign in campaigns}


def _figures(campaign: Campaign, reach: Reach) -> CampaignFigures:
    cost = campaign.actual_cost
    return CampaignFigures(
        reach.leads,
        reach.won,
        reach.undecided,
        unit_cost(cost, reach.leads),
        unit_cost(cost, reach.won),
    )


def _reach(since: date, before: date) -> Mapping[int, Reach]:
    """What every campaign on in these days reached in them."""
    begun = Campaign.objects.current().exclude(status=Campaign.Status.PLANNED)
    rivals = begun.overlapping(since, before)
    latest_first = sorted(rivals, key=lambda c: (c.starts_on, c.pk), reverse=True)
    members = memberships(rivals.order_by().values("pk"))
    counts = arrivals(since, before)
    reach: dict[int, Reach] = defaultdict(Reach)
    claimed = _claim_leads(members, latest_first, counts, reach)
    _claim_wins(members, claimed, latest_first, reach)
    for arrived, n in counts.items():
        campaign = _of_source(latest_first, arrived.source, arrived.day)
        if campaign:
            reach[campaign.pk].add(arrived.outcome, n)
    return reach


def _claim_leads(
    members: Iterable[Membership],
    latest_first: Sequence[Campaign],
    counts: dict[Arrivals, int],
    reach: Mapping[int, Reach],
) -> set[int]:
    """Members who entered on a day of theirs; what they are taken from is ``counts``."""
    mine: dict[int, list[Membership]] = defaultdict(list)
    rank = {campaign.pk: place for place, campaign in enumerate(latest_first)}
    for member in members:
        campaign = latest_first[rank[member.campaign]]
        if member.entered and campaign.is_on(member.entered):
            mine[member.customer].append(member)
    for claims in mine.values():
        member = min(claims, key=lambda each: rank[each.campaign])
        arrived = Arrivals(member.source, member.entered or date.max, member.outcome)
        if counts.get(arrived, 0):
            counts[arrived] -= 1
            reach[member.campaign].add(member.outcome)
    return set(mine)


def _claim_wins(
    members: Iterable[Membership],
    claimed: set[int],
    latest_first: Sequence[Campaign],
    reach: Mapping[int, Reach],
) -> None:
    """Members who were customers-to-be before, and were won after they had responded."""
    last: dict[int, Membership] = {}
    for member in members:
        if member.customer in claimed or not member.responded or not member.won_at:
            continue
        if member.responded > member.won_at or _is_lead_of_source(member, latest_first):
            continue
        before = last.get(member.customer)
        if before is None or not before.responded or before.responded <= member.responded:
            last[member.customer] = member
    for member in last.values():
        reach[member.campaign].won += 1


def _is_lead_of_source(member: Membership, campaigns: Sequence[Campaign]) -> bool:
    found = member.entered and _of_source(campaigns, member.source, member.entered)
    return found is not None


def _of_source(latest_first: Sequence[Campaign], source: int | None, day: date) -> Campaign | None:
    fits = (c for c in latest_first if c.source_id == source and c.is_on(day))
    return next(fits, None)


@dataclass(frozen=True)
class SourceCost:
    """What a channel brought in a period for what its campaigns really cost in it.

    Won are those of the leads of the period who have been won until now; ``unpriced`` campaigns
    have no cost recorded, so that the figures are too low.
    """

    source: Source | None
    campaigns: int
    unpriced: int
    spent: Decimal | None
    leads: int
    won: int
    undecided: int
    per_lead: UnitCost
    per_won: UnitCost


@dataclass
class _Spending:
    campaigns: int = 0
    unpriced: int = 0
    spent: Decimal | None = None


@dataclass(frozen=True)
class SourceCosts:
    """One row a source that brought or cost anything, from ``since`` to before ``before``."""

    since: date
    before: date
    currency: str
    rows: list[SourceCost] = field(default_factory=list)


def source_costs(since: date, before: date, *, currency: str = "") -> SourceCosts:
    """Cost per lead and per won customer by source, with five queries.

    A campaign that lies partly outside counts by its share of days. Raises MissingExchangeRate.
    """
    currency = currency or settings.COMPANY_CURRENCY
    spending = _spending(since, before, currency)
    reach: dict[int | None, Reach] = defaultdict(Reach)
    for arrived, n in arrivals(since, before).items():
        reach[arrived.source].add(arrived.outcome, n)
    sources: list[Source | None] = [*Source.objects.order_by("name"), None]
    rows = [_source_cost(source, spending, reach) for source in sources]
    shown = [row for row in rows if row.leads or row.campaigns]
    shown.sort(key=lambda row: (row.source is None, -row.leads))
    return SourceCosts(since, before, currency, shown)


def _source_cost(
    source: Source | None,
    spending: Mapping[int, _Spending],
    reach: Mapping[int | None, Reach],
) -> SourceCost:
    key = source.pk if source else None
    spent = (spending.get(key) if key else None) or _Spending()
    found = reach.get(key) or Reach()
    return SourceCost(
        source,
        spent.campaigns,
        spent.unpriced,
        None if spent.spent is None else spent.spent.quantize(CENT),
        found.leads,
        found.won,
        found.undecided,
        unit_cost(spent.spent, found.leads),
        unit_cost(spent.spent, found.won),
    )


def _spending(since: date, before: date, currency: str) -> Mapping[int, _Spending]:
    found: dict[int, _Spending] = defaultdict(_Spending)
    rates, today = RateTable(currency), clock.today()
    begun = Campaign.objects.current().exclude(status=Campaign.Status.PLANNED)
    for campaign in begun.overlapping(since, before):
        spending = found[campaign.source_id]
        spending.campaigns += 1
        if campaign.actual_cost is None:
            spending.unpriced += 1
            continue
        cost = campaign.actual_cost * rates.rate(campaign.currency, campaign.starts_on)
        share = _share(campaign, since, before, today)
        spending.spent = (spending.spent or Decimal(0)) + cost * share
    return found


def _share(campaign: Campaign, since: date, before: date, today: date) -> Decimal:
    """The share of the campaign's days, until today where it has no last one, in the period."""
    ends = campaign.ends_on or max(campaign.starts_on, today)
    after = ends + timedelta(days=1)
    inside = (min(after, before) - max(campaign.starts_on, since)).days
    return Decimal(max(inside, 0)) / (after - campaign.starts_on).days
