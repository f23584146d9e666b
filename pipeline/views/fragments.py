"""What deals lend to the frame, to Today and to a customer's page."""

from datetime import datetime
from typing import Any, cast

from django.db.models import Count, Sum
from django.http import HttpRequest

from accounts.models import User
from core import clock
from core.pages import start_of
from crm.models import Customer, LeadState
from crm.next_steps import NextStep, steps_with
from pipeline.boards import month_start
from pipeline.hand_over_forms import words_of
from pipeline.health import health_of_customer
from pipeline.holdings import holdings_of
from pipeline.models import Opportunity
from pipeline.next_steps import without_next_step
from pipeline.outlooks import outlooks
from pipeline.views.cards import card_views
from pipeline.views.requests import PageRequest

SHOWN = 8
DEALS = 30


def quick_add(request: HttpRequest) -> dict[str, Any]:
    return {}


def customer_deals(request: HttpRequest, *, customer: Customer) -> dict[str, Any]:
    """A part of a customer's deals that this person may see, open ones first, and of how many."""
    visible = Opportunity.objects.visible_to(cast(PageRequest, request).user).current()
    deals = visible.filter(customer=customer).select_related("stage", "owner", "customer")
    rows = deals.order_by("stage__is_won", "stage__is_lost", "-stage_entered_at", "-id")
    start = start_of(request, "deals")
    end, count = start + DEALS, visible.filter(customer=customer).count()
    cards = card_views(list(rows[start:end]), at=clock.now())
    return {"cards": cards, "count": count, "more": end if count > end else None}


def customer_standing(
    request: HttpRequest, *, customer: Customer, position: Any, lead: Any, at: datetime
) -> dict[str, Any]:
    """What the customer is worth by the deals this person may see, and how things stand.

    Two queries, and of a customer with open deals those of ``health_of_customer``.
    """
    user = cast(PageRequest, request).user
    visible = Opportunity.objects.visible_to(user).filter(customer=customer)
    pursued = visible.current().filter(stage__is_lost=False)
    by_currency = pursued.values("currency", "stage__is_won").order_by("currency")
    totals = list(by_currency.annotate(amount=Sum("amount"), n=Count("pk")))
    won = [total for total in totals if total["stage__is_won"]]
    still_open = [total for total in totals if not total["stage__is_won"]]
    found = {"open_totals": still_open, "won_totals": won}
    if customer.archived_at is not None:
        return found
    first = steps_with(customer, user=user).first()
    return found | {
        "health": health_of_customer(
            visible.open() if still_open else None,
            step=NextStep(first, at) if first else None,
            waits=lead.words if lead and lead.state == LeadState.OVERDUE else "",
            at=at,
        )
    }


def deals_without_step(request: HttpRequest) -> dict[str, Any] | None:
    """A person's own open deals about which nothing is planned, the longest in their stage first.

    Two queries.
    """
    own = Opportunity.objects.open().filter(owner=cast(PageRequest, request).user)
    found = without_next_step(own)
    rows = found.select_related("stage", "customer").order_by("stage_entered_at", "pk")
    count = found.count()
    return {"deals": rows[:SHOWN], "count": count} if count else None


def rotting_deals(request: HttpRequest) -> dict[str, Any] | None:
    """A person's own open deals that stay too long in their stage, the longest first."""
    at = clock.now()
    own = Opportunity.objects.open().filter(owner=cast(PageRequest, request).user)
    dated = own.filter(stage_entered_at__isnull=False)
    deals = list(dated.select_related("stage", "customer", "owner").order_by("stage_entered_at"))
    known = outlooks(deals, at=at)
    rotting = [deal for deal in deals if known[deal.pk].age == "hot"]
    if not rotting:
        return None
    return {"cards": card_views(rotting[:SHOWN], at=at, known=known), "count": len(rotting)}


def wins_of_the_month(request: HttpRequest) -> dict[str, Any]:
    """What the person's visible deals brought this month, by currency."""
    at = clock.now()
    visible = Opportunity.objects.visible_to(cast(PageRequest, request).user)
    won = visible.won().filter(closed_at__gte=month_start(at))
    totals = won.values("currency").annotate(amount=Sum("amount")).order_by("currency")
    open_deals = visible.open().count()
    return {"won": won.count(), "totals": list(totals), "open": open_deals, "at": at}


def hand_over_button(request: HttpRequest) -> dict[str, Any] | None:
    return {} if cast(PageRequest, request).user.is_manager else None


def held_by_leavers(request: HttpRequest) -> dict[str, Any] | None:
    """Who may no longer sign in but still has customers, deals or tasks."""
    locked = list(User.objects.filter(is_active=False, email__isnull=False).order_by("name", "id"))
    held = holdings_of(locked)
    leavers = [
        {"pk": each.pk, "name": each.name, "held": words_of(held[each.pk])}
        for each in locked
        if held[each.pk]
    ]
    return {"leavers": leavers} if leavers else None


def related_deals(request: HttpRequest, *, deal: Opportunity) -> dict[str, Any] | None:
    """The other deals of its customer that this person may see, open ones first. Two queries."""
    if deal.customer_id is None:
        return None
    visible = Opportunity.objects.visible_to(cast(PageRequest, request).user).current()
    others = visible.filter(customer=deal.customer_id).exclude(pk=deal.pk)
    rows = others.select_related("stage", "owner", "customer").order_by(
        "stage__is_won", "stage__is_lost", "-stage_entered_at", "-id"
    )
    count = others.count()
    return {"others": rows[:SHOWN], "count": count} if count else None
