"""Shaped reads of campaigns and their members, for pages."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from crm.campaign_figures import CampaignFigures, SourceCosts, campaign_figures
from crm.models import Campaign, CampaignMember, Customer
from crm.selectors import default_positions, matching_customers
from crm.unit_costs import UnitCost

CAMPAIGNS_SHOWN = 50
MEMBERS_SHOWN = 50
YEARS_BACK = 4


@dataclass(frozen=True)
class Period:
    """From ``since`` to before ``before``; ``key`` is how the address names it."""

    key: str
    label: str
    since: date
    before: date


def periods(today: date) -> list[Period]:
    """The last twelve months, then the company's years, the present one first."""
    tomorrow = today + timedelta(days=1)
    year = today.year - (today.month < settings.FISCAL_YEAR_START)
    found = [Period("", _("The last 12 months"), _year_before(tomorrow), tomorrow)]
    for each in range(year, year - YEARS_BACK, -1):
        begins = date(each, settings.FISCAL_YEAR_START, 1)
        found.append(Period(str(each), str(each), begins, begins.replace(year=each + 1)))
    return found


def _year_before(day: date) -> date:
    # The 29th of February has no day a year before.
    return day.replace(year=day.year - 1, day=min(day.day, 28))


@dataclass(frozen=True)
class Row:
    campaign: Campaign
    figures: CampaignFigures


def campaign_page(user: User, filters: dict[str, Any]) -> tuple["Page[Campaign]", list[Row]]:
    """A page of campaigns, the latest first, with what came of them."""
    rows = Campaign.objects.visible_to(user).filter(archived_at__isnull=not filters.get("archived"))
    for field in ("source", "status"):
        if filters.get(field):
            rows = rows.filter(**{field: filters[field]})
    shown = rows.with_counts().select_related("source").order_by("-starts_on", "-pk")
    page = Paginator(shown, CAMPAIGNS_SHOWN).get_page(filters.get("page") or 1)
    figures = campaign_figures(list(page.object_list))
    return page, [Row(campaign, figures[campaign.pk]) for campaign in page.object_list]


@dataclass(frozen=True)
class Extremes:
    """The sources whose leads certainly cost least and most: their bands do not meet."""

    cheapest: str
    dearest: str
    least: UnitCost
    most: UnitCost


def extremes(costs: SourceCosts) -> Extremes | None:
    known = [r for r in costs.rows if r.source and r.per_lead.value is not None]
    if len(known) < 2:
        return None
    known.sort(key=lambda row: row.per_lead.value or 0)
    low, high = known[0], known[-1]
    assert low.source
    assert high.source
    assert low.per_lead.high80 is not None
    assert high.per_lead.low80 is not None
    if low.per_lead.high80 >= high.per_lead.low80:
        return None
    return Extremes(low.source.label, high.source.label, low.per_lead, high.per_lead)


@dataclass(frozen=True)
class Members:
    """A page of the members that somebody sees; ``total`` counts all of them."""

    page: "Page[CampaignMember]"
    total: int


def members_of(campaign: Campaign, user: User, filters: dict[str, Any]) -> Members:
    rows = CampaignMember.objects.visible_to(user).filter(campaign=campaign)
    total = campaign.members.count()
    if filters.get("status"):
        rows = rows.filter(status=filters["status"])
    rows = rows.select_related("customer__owner").order_by("customer__name", "pk")
    return Members(Paginator(rows, MEMBERS_SHOWN).get_page(filters.get("page") or 1), total)


def candidates(campaign: Campaign, user: User, filters: dict[str, Any]) -> QuerySet[Customer]:
    """Customers that the filters ask for and who are not in the campaign yet."""
    found: QuerySet[Customer] = matching_customers(user, filters)
    absent = found.exclude(campaigns__campaign=campaign)
    return absent.select_related("owner", "source").prefetch_related(default_positions())
