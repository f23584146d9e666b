"""Billion's fairs, advertisements and lists: what was budgeted, spent and expected. Invented.

Purchases are not made of the won deals: a plan counts repeat business by the deals, and the same
money would come in twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from accounts.models import User
from core import clock
from crm.models import Campaign, CampaignMember, Customer
from planning.demo.company import BASE_YEAR, CURRENCY, EXHIBITIONS, FOUNDED, SOURCES
from planning.demo.founding import Company
from planning.demo.simulation import SEED

CHUNK = 500
INVITED_PER_LEAD = 3
RESPONDS, DECLINES = 0.12, 0.2


@dataclass(frozen=True)
class Year:
    """In thousands of the company's currency, of one branch; no cost is a plan."""

    budget: int
    cost: int | None
    leads: int


@dataclass(frozen=True)
class Kind:
    """What is done each year from a day to another (month, day)."""

    source: str
    name: str
    begins: tuple[int, int]
    ends: tuple[int, int]
    years: dict[int, Year]
    has_members: bool = False


KINDS = (
    Kind(
        "Exhibitions",
        "Spring packaging fair",
        (3, 12),
        (3, 25),
        {2000: Year(30, 31, 30), 2001: Year(55, 60, 60), 2002: Year(130, None, 150)},
        has_members=True,
    ),
    Kind(
        "Exhibitions",
        "Summer food fair",
        (6, 5),
        (6, 18),
        {1999: Year(15, 13, 12), 2000: Year(30, 28, 35), 2001: Year(55, 53, 60)},
        has_members=True,
    ),
    Kind(
        "Exhibitions",
        "Autumn packaging fair",
        (10, 15),
        (10, 28),
        {1999: Year(15, 18, 15), 2000: Year(35, 36, 35), 2001: Year(60, 66, 70)},
        has_members=True,
    ),
    Kind(
        "Exhibitions",
        "Regional shows",
        (1, 1),
        (12, 31),
        {1999: Year(35, 38, 110), 2000: Year(70, 69, 270), 2001: Year(110, 107, 420)},
    ),
    Kind(
        "Trade magazines",
        "Advertisements, first half",
        (1, 1),
        (6, 30),
        {
            1999: Year(10, 9, 25),
            2000: Year(30, 29, 70),
            2001: Year(40, 42, 100),
            2002: Year(115, None, 240),
        },
    ),
    Kind(
        "Trade magazines",
        "Advertisements, second half",
        (7, 1),
        (12, 31),
        {1999: Year(12, 13, 30), 2000: Year(30, 33, 90), 2001: Year(40, 39, 110)},
    ),
    Kind(
        "Web",
        "Web pages and listings",
        (1, 1),
        (12, 31),
        {1999: Year(20, 22, 90), 2000: Year(50, 52, 220), 2001: Year(100, 98, 380)},
    ),
    Kind(
        "Referrals",
        "Thanks for referrals",
        (1, 1),
        (12, 31),
        {2000: Year(30, 31, 200), 2001: Year(55, 54, 350)},
    ),
    Kind(
        "Cold calls",
        "Address lists and telephone",
        (1, 1),
        (12, 31),
        {1999: Year(35, 38, 150), 2000: Year(85, 84, 320), 2001: Year(145, 149, 550)},
    ),
)
"""A lead of the base year cost about what the first tier of its channel asks for in the next."""


def write_campaigns(company: Company, owner: User, *, scale: int) -> None:
    """The campaigns of ``scale`` branches together, with the visitors of the fairs."""
    sources = {kind.name: row for kind, row in zip(SOURCES, company.sources, strict=True)}
    rng = np.random.default_rng([*SEED, 0, 2])
    for kind in KINDS:
        for year, told in kind.years.items():
            campaign = _campaign(kind, year, told, scale)
            campaign.source, campaign.owner = sources[kind.source], owner
            campaign.save(force_insert=True)
            if kind.has_members and told.cost is not None:
                CampaignMember.objects.bulk_create(_members(campaign, company, rng), CHUNK)


def _campaign(kind: Kind, year: int, told: Year, scale: int) -> Campaign:
    begins = max(date(year, *kind.begins), FOUNDED)
    is_planned = year > BASE_YEAR
    return Campaign(
        name=kind.name,
        status=Campaign.Status.PLANNED if is_planned else Campaign.Status.DONE,
        starts_on=begins,
        ends_on=date(year, *kind.ends),
        budget=Decimal(told.budget * 1_000 * scale),
        actual_cost=None if told.cost is None else Decimal(told.cost * 1_000 * scale),
        currency=CURRENCY,
        expected_leads=told.leads * scale,
        created_at=_morning(max(begins - timedelta(days=60), FOUNDED)),
    )


def _members(
    campaign: Campaign, company: Company, rng: np.random.Generator
) -> Iterator[CampaignMember]:
    """Who left a card at the fair's stand, and some of those who were known and invited."""
    assert campaign.ends_on
    begins = clock.day_start(campaign.starts_on)
    over = clock.day_start(campaign.ends_on + timedelta(days=1))
    at_the_fair = company.sources[EXHIBITIONS]
    came = Customer.objects.filter(
        source=at_the_fair, created_at__gte=begins, created_at__lt=over
    ).order_by("pk")
    visitors = list(came.values_list("pk", "created_at"))
    for customer, at in visitors:
        yield _member(campaign, customer, CampaignMember.Status.RESPONDED, added=at, answered=at)
    known = list(
        Customer.objects.filter(created_at__lt=begins).order_by("pk").values_list("pk", flat=True)
    )
    asked = _morning(max(campaign.starts_on - timedelta(days=21), FOUNDED))
    wanted = min(INVITED_PER_LEAD * len(visitors), len(known))
    for customer in sorted(rng.choice(known, size=wanted, replace=False).tolist()):
        yield _invited(campaign, customer, asked, rng)


def _invited(
    campaign: Campaign, customer: int, asked: datetime, rng: np.random.Generator
) -> CampaignMember:
    drawn, day = rng.random(), int(rng.integers(0, 12))
    answered = _morning(campaign.starts_on + timedelta(days=day))
    if drawn < RESPONDS:
        status = CampaignMember.Status.RESPONDED
    elif drawn < RESPONDS + DECLINES:
        status = CampaignMember.Status.DECLINED
    else:
        return _member(campaign, customer, CampaignMember.Status.INVITED, added=asked)
    return _member(campaign, customer, status, added=asked, answered=answered)


def _member(
    campaign: Campaign,
    customer: int,
    status: str,
    *,
    added: datetime,
    answered: datetime | None = None,
) -> CampaignMember:
    return CampaignMember(
        campaign=campaign,
        customer_id=customer,
        status=status,
        added_at=added,
        responded_at=answered,
        version=1 if answered in (None, added) else 2,
    )


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=clock.company_zone())
