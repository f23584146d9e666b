"""Shaped reads of leads, for pages and tables."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import clock
from core.pages import BoundedPaginator
from crm.models import Customer, Lead, LeadState
from crm.models.leads import LeadQuerySet
from crm.response_time import time_left, working_day

PAGE_SIZE = 50
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LONG = 3
"""From so many working days on, a span is told in days."""


@dataclass(frozen=True)
class Row:
    """A lead with its timer in words; ``can_open`` tells whether its customer may be seen."""

    lead: Lead
    state: LeadState
    words: str
    can_open: bool

    @property
    def customer(self) -> Customer:
        return self.lead.customer

    @property
    def is_answered(self) -> bool:
        return self.lead.first_response_at is not None

    @property
    def is_waiting(self) -> bool:
        return self.lead.is_waiting


def inbox(user: User, filters: dict[str, Any]) -> LeadQuerySet:
    """The leads that ``user`` sees and ``InboxFilterForm`` asks for, the most pressing first."""
    rows = Lead.objects.visible_to(user).current()
    if filters.get("whose"):
        owner = user if filters["whose"] == "mine" else None
        rows = rows.filter(customer__owner=owner)
    if filters.get("source"):
        rows = rows.filter(customer__source=filters["source"])
    if filters.get("show") == "answered":
        rows = rows.answered().order_by("-first_response_at", "id")
    elif filters.get("show") == "given_up":
        rows = rows.given_up().order_by("-given_up_at", "id")
    else:
        rows = rows.waiting().order_by("due_at", "id")
    return rows.select_related("customer__owner", "customer__source", "responder", "rule")


def inbox_page(
    user: User, filters: dict[str, Any], *, at: datetime
) -> tuple["Page[Lead]", list[Row]]:
    page: Page[Lead] = BoundedPaginator(inbox(user, filters), PAGE_SIZE).get_page(
        filters.get("page") or 1
    )
    return page, shown_rows(list(page), user, at=at)


def shown_rows(leads: list[Lead], user: User, *, at: datetime) -> list[Row]:
    """Two queries for all timers."""
    if not leads:
        return []
    day = working_day()
    left = time_left(leads, at=at)
    may_all = user.is_manager
    return [
        Row(
            lead,
            lead.state(at=at),
            timer_words(lead, left.get(lead.pk), day),
            may_all or lead.customer.owner_id is not None,
        )
        for lead in leads
    ]


def timer_words(lead: Lead, left: timedelta | None, day: timedelta) -> str:
    """How much working time is left, or was needed; ``day`` is that of a whole day."""
    if lead.state(at=lead.due_at) == LeadState.GIVEN_UP:
        return _("given up without an answer")
    if left is None:
        needed = timedelta(minutes=lead.response_minutes or 0)
        return _("answered after %(span)s") % {"span": span_words(needed, day)}
    if left < timedelta(0):
        return _("overdue by %(span)s") % {"span": span_words(-left, day)}
    return _("%(span)s left") % {"span": span_words(left, day)}


def span_words(span: timedelta, day: timedelta) -> str:
    """2 h 5 min; whole hours from ten on; working days from three on."""
    if span >= LONG * day:
        days = round(span / day)
        return ngettext("%(n)d working day", "%(n)d working days", days) % {"n": days}
    minutes = span // MINUTE
    hours, rest = divmod(minutes, 60)
    if hours >= 10:
        return _("%(h)d h") % {"h": round(span / HOUR)}
    if not hours:
        return _("%(m)d min") % {"m": rest}
    return _("%(h)d h %(m)d min") % {"h": hours, "m": rest} if rest else _("%(h)d h") % {"h": hours}


@dataclass(frozen=True)
class Waiting:
    """How many leads of a person are not answered yet, and of nobody's, for who may assign them."""

    mine: int
    nobodys: int = 0


def waiting_for(user: User) -> Waiting:
    """One query."""
    leads = Lead.objects.current().waiting()
    mine, nobodys = Q(customer__owner=user.pk), Q(customer__owner__isnull=True)
    if not user.is_manager:
        return Waiting(leads.filter(mine).count())
    counted = leads.filter(mine | nobodys).aggregate(
        mine=Count("pk", filter=mine), nobodys=Count("pk", filter=nobodys)
    )
    return Waiting(**counted)


def waiting_number(user: User) -> int:
    """How many leads ``user`` is to see to."""
    waiting = waiting_for(user)
    return waiting.mine + waiting.nobodys


def lead_of(customer: Customer, user: User) -> Row | None:
    """The lead that a customer is while it waits for an answer."""
    lead = Lead.objects.waiting().filter(customer=customer).first()
    if lead is None:
        return None
    lead.customer = customer
    return shown_rows([lead], user, at=clock.now())[0]


def table_rows(leads: Iterable[Lead], *, at: datetime) -> Iterator[dict[str, Any]]:
    """Leads as rows of a table, with instants in the company's zone."""
    zone = clock.company_zone()

    def instant(value: datetime | None) -> str:
        return value.astimezone(zone).isoformat(timespec="minutes") if value else ""

    for lead in leads:
        customer = lead.customer
        yield {
            "customer": customer.name,
            "source": customer.source.name if customer.source else "",
            "region": customer.region,
            "owner": str(customer.owner or ""),
            "rule": str(lead.rule or ""),
            "arrived_at": instant(lead.arrived_at),
            "due_at": instant(lead.due_at),
            "state": lead.state(at=at).value,
            "first_response_at": instant(lead.first_response_at),
            "response_minutes": lead.response_minutes,
            "responder": str(lead.responder or ""),
            "given_up_at": instant(lead.given_up_at),
        }
