"""Shaped reads of customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)

from accounts.models import User
from core import clock
from crm.models import Activity, Customer, Ladder, LadderPosition, LifecycleStage, Purchase
from crm.models.customers import CustomerQuerySet

PAGE_SIZE = 50
AGENDA = 30
SORTS = {
    "name": F("name").asc(),
    "-name": F("name").desc(),
    "stage": F("stage_order").asc(nulls_last=True),
    "-stage": F("stage_order").desc(nulls_last=True),
    "owner": F("owner__name").asc(nulls_last=True),
    "-owner": F("owner__name").desc(nulls_last=True),
    "due": F("next_due").asc(nulls_last=True),
    "-due": F("next_due").desc(nulls_last=True),
    "created": F("created_at").asc(),
    "-created": F("created_at").desc(),
}


def customer_page(user: User, filters: dict[str, Any]) -> "Page[Customer]":
    """A page of the customers that ``user`` sees, as ``CustomerFilterForm`` asks for them."""
    found = matching_customers(user, filters)
    rows = (
        found.select_related("owner", "source")
        .prefetch_related(default_positions())
        .annotate(stage_order=_stage_order(), next_due=_next_due())
        .order_by(SORTS[filters.get("sort") or "name"], "id")
    )
    paginator = Paginator(rows, PAGE_SIZE)
    # Counting needs neither the joins nor the annotations.
    paginator.count = found.count()
    return paginator.get_page(filters.get("page") or 1)


def default_positions() -> "Prefetch[Any]":
    """Where customers stand on the default ladder, as ``default_position``."""
    rows = LadderPosition.objects.filter(ladder__is_default=True).select_related("stage")
    return Prefetch("positions", rows, to_attr="default_position")


def ladder_stages() -> QuerySet[LifecycleStage]:
    return LifecycleStage.objects.filter(ladder__is_default=True).order_by("order")


def regions(user: User) -> list[str]:
    names = Customer.objects.visible_to(user).exclude(region="").order_by("region")
    return list(names.values_list("region", flat=True).distinct())


def owners(user: User, *, also: int | None = None) -> QuerySet[User]:
    """The people whose customers ``user`` may see and who have any, and ``also`` one who may have
    none."""
    seen = User.objects.whose_records_are_visible_to(user)
    has_any = Q(pk__in=Customer.objects.values("owner"))
    return seen.filter(has_any | Q(pk=also or 0)).order_by("name", "id")


def is_empty_installation() -> bool:
    return not Customer.objects.exists()


@dataclass(frozen=True)
class Agenda:
    """Somebody's open activities around a day."""

    overdue: list[Activity]
    today: list[Activity]
    soon: list[Activity]
    overdue_total: int
    today_total: int
    soon_total: int

    @property
    def is_empty(self) -> bool:
        return not (self.overdue or self.today or self.soon)


def agenda(
    user: User,
    *,
    at: datetime,
    most: Mapping[str, int] | None = None,
    seen_by: User | None = None,
) -> Agenda:
    """What ``user`` should have done, does today, and does in the seven days after it; of it what
    ``seen_by`` may see, where somebody else looks at it.

    ``most`` says of which of the three to show more than the first `AGENDA`. Six queries.
    """
    shown = dict.fromkeys(("overdue", "today", "soon"), AGENDA) | dict(most or {})
    midnight = clock.day_start(at.astimezone(clock.company_zone()).date())
    tomorrow, week = midnight + timedelta(days=1), midnight + timedelta(days=8)
    mine = (
        Activity.objects.visible_to(user)
        .pending()
        .filter(owner=user)
        .select_related("customer")
        .order_by("due_at", "id")
    )
    if seen_by is not None:
        mine = mine.visible_to(seen_by)
    late = mine.filter(due_at__lt=midnight)
    due = mine.filter(due_at__gte=midnight, due_at__lt=tomorrow)
    soon = mine.filter(due_at__gte=tomorrow, due_at__lt=week)
    return Agenda(
        overdue=list(late[: shown["overdue"]]),
        today=list(due[: shown["today"]]),
        soon=list(soon[: shown["soon"]]),
        overdue_total=late.count(),
        today_total=due.count(),
        soon_total=soon.count(),
    )


def team_workload(manager: User, *, at: datetime) -> QuerySet[User]:
    """The people with customers whom a manager sees, and what of theirs is overdue."""
    midnight = clock.day_start(at.astimezone(clock.company_zone()).date())
    # As ActivityQuerySet.pending() has it.
    pending = Q(
        activities__done_at__isnull=True,
        activities__customer__archived_at__isnull=True,
        activities__opportunity__archived_at__isnull=True,
    )
    customers = Customer.objects.current().filter(owner=OuterRef("pk")).order_by().values("owner")
    return (
        User.objects.whose_records_are_visible_to(manager)
        .active()
        .exclude(pk=manager.pk)
        .filter(Exists(Customer.objects.filter(owner=OuterRef("pk"))))
        .select_related("team")
        .annotate(
            customer_count=Subquery(customers.annotate(n=Count("pk")).values("n")),
            overdue_count=Count("activities", filter=pending & Q(activities__due_at__lt=midnight)),
            planned_count=Count("activities", filter=pending & Q(activities__due_at__gte=midnight)),
        )
        .order_by("-overdue_count", "name")
    )


@dataclass(frozen=True)
class Bought:
    """The latest purchases of a customer, and how many there are."""

    latest: list[Purchase]
    count: int


def bought_by(customer: Customer, *, shown: int = 5) -> Bought | None:
    """None for who never bought anything that no deal tells."""
    rows = Purchase.objects.current().filter(customer=customer).select_related("product")
    latest = list(rows.order_by("-at", "-id")[:shown])
    if not latest:
        return None
    return Bought(latest, rows.count() if len(latest) == shown else len(latest))


def default_ladder() -> Ladder | None:
    return Ladder.objects.filter(is_default=True).first()


def matching_customers(user: User, filters: dict[str, Any]) -> CustomerQuerySet:
    """The customers that ``user`` sees and ``CustomerFilterForm`` asks for."""
    rows = Customer.objects.visible_to(user)
    rows = rows.filter(archived_at__isnull=not filters.get("archived"))
    if filters.get("q"):
        rows = rows.matching(filters["q"])
    for field in ("owner", "source", "region"):
        if filters.get(field):
            rows = rows.filter(**{field: filters[field]})
    if filters.get("stage"):
        rows = rows.filter(positions__stage=filters["stage"])
    return rows


def _stage_order() -> Subquery:
    here = LadderPosition.objects.filter(customer=OuterRef("pk"), ladder__is_default=True)
    return Subquery(here.values("stage__order")[:1])


def _next_due() -> Subquery:
    open_ones = Activity.objects.pending().filter(customer=OuterRef("pk"), due_at__isnull=False)
    return Subquery(open_ones.order_by().values("customer").annotate(d=Min("due_at")).values("d"))
