"""Customers who entered the default ladder, and what became of them. Bulk reads."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from core import clock
from crm.models import CampaignMember, LadderPosition, LifecycleChange, LifecycleStage


@dataclass
class Reach:
    """Leads, and of them those won and those still undecided. All are counts of customers."""

    leads: int = 0
    won: int = 0
    undecided: int = 0

    def add(self, outcome: str, n: int = 1) -> None:
        self.leads += n
        if outcome == "won":
            self.won += n
        elif outcome == "undecided":
            self.undecided += n


class Arrivals(NamedTuple):
    """How many customers of a source entered on a day and came to an outcome."""

    source: int | None
    day: date
    outcome: str


@dataclass(frozen=True)
class Membership:
    """A member of a campaign, and where it stands; ``entered`` is None without a ladder."""

    campaign: int
    customer: int
    source: int | None
    responded: datetime | None
    entered: date | None
    won_at: datetime | None
    outcome: str


def arrivals(since: date, before: date) -> Counter[Arrivals]:
    """Customers who entered from ``since`` to the day before ``before``, with one query."""
    rows = (
        _entries()
        .filter(at__gte=clock.day_start(since), at__lt=clock.day_start(before))
        .annotate(
            day=TruncDate("at", tzinfo=clock.company_zone()),
            won=Exists(_wins(OuterRef("customer"))),
            lost=Exists(_lost(OuterRef("customer"))),
        )
        .values_list("customer__source", "day", "won", "lost")
        .annotate(n=Count("pk"))
    )
    found: Counter[Arrivals] = Counter()
    for source, day, won, lost, n in rows:
        found[Arrivals(source, day, _outcome(won, lost))] += n
    return found


def memberships(campaigns: QuerySet[Any]) -> list[Membership]:
    """The members of ``campaigns`` whom a figure may count, with one query."""
    rows = (
        CampaignMember.objects.filter(campaign__in=campaigns)
        .order_by("pk")
        .annotate(
            entered_at=Subquery(
                _entries().filter(customer=OuterRef("customer")).order_by("at").values("at")[:1]
            ),
            won_at=Subquery(_wins(OuterRef("customer")).order_by("at").values("at")[:1]),
            lost=Exists(_lost(OuterRef("customer"))),
        )
        .values_list(
            *("campaign", "customer", "customer__source", "status", "responded_at"),
            *("entered_at", "won_at", "lost"),
        )
    )
    return [_membership(*row) for row in rows]


def _membership(
    campaign: int,
    customer: int,
    source: int | None,
    status: str,
    responded_at: datetime | None,
    entered_at: datetime | None,
    won_at: datetime | None,
    lost: bool,
) -> Membership:
    zone = clock.company_zone()
    has_responded = status == CampaignMember.Status.RESPONDED
    return Membership(
        campaign=campaign,
        customer=customer,
        source=source,
        responded=responded_at if has_responded else None,
        entered=entered_at and entered_at.astimezone(zone).date(),
        won_at=won_at,
        outcome=_outcome(won_at is not None, lost),
    )


def _outcome(won: bool, lost: bool) -> str:
    """Who was won once is a success, whatever came later."""
    return "won" if won else "lost" if lost else "undecided"


def _entries() -> QuerySet[LifecycleChange]:
    """First steps on the default ladder."""
    live = LifecycleChange.objects.live().order_by()
    return live.filter(ladder__is_default=True, from_stage__isnull=True)


def _wins(customer: OuterRef) -> QuerySet[LifecycleChange]:
    won = LifecycleStage.ReachedBy.DEAL_WON
    live = LifecycleChange.objects.live().order_by().filter(customer=customer)
    return live.filter(ladder__is_default=True, to_stage__reached_by=won)


def _lost(customer: OuterRef) -> QuerySet[LadderPosition]:
    return LadderPosition.objects.filter(
        customer=customer, ladder__is_default=True, stage__is_lost=True
    )
