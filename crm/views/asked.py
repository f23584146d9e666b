"""What a form for an activity begins with."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.requests import PersonRequest
from core import clock
from crm.models import Activity, Customer
from crm.models.customers import CustomerQuerySet

NEXT_AFTER = timedelta(days=7)
NEXT_HOUR = 9


def asked_customer(request: PersonRequest) -> Customer | None:
    return _customers(request).filter(pk=_number(request, "customer")).first()


def asked_step(request: PersonRequest) -> dict[str, Any]:
    """Of the customer or the deal that the address names, and named after its kind."""
    model: Any = Activity._meta.get_field("opportunity").related_model
    deals = model.objects.visible_to(request.user).current()
    deal = deals.filter(pk=_number(request, "deal")).first()
    customer = (
        _customers(request).filter(pk=deal.customer_id).first() if deal else asked_customer(request)
    )
    initial: dict[str, Any] = {"customer": customer}
    if deal and customer:
        initial["opportunity"] = deal.pk
    kinds = {kind.value: kind for kind in Activity.Kind}
    kind = kinds.get(request.GET.get("kind", ""))
    if kind is not None:
        initial |= {"kind": kind.value, "subject": capfirst(str(kind.label))}
    if "plan" in request.GET:
        initial["due_at"] = _next_week()
    return initial


def asked_done(request: PersonRequest) -> Activity | None:
    """What was done just now, after which a next step is planned."""
    rows = Activity.objects.visible_to(request.user)
    return rows.filter(pk=_number(request, "after")).first()


def following_step(done: Activity) -> dict[str, Any]:
    """What most often follows: a call about the same thing in a week."""
    kind = Activity.Kind.CALL if done.kind == Activity.Kind.NOTE else done.kind
    return {
        "customer": done.customer,
        "opportunity": done.opportunity_id,
        "kind": kind,
        "subject": _("Follow up: %(subject)s") % {"subject": _bare(done.subject)},
        "due_at": _next_week(),
    }


def _bare(subject: str) -> str:
    """Without the words that an earlier proposal put before it."""
    before = _("Follow up: %(subject)s") % {"subject": ""}
    return subject.removeprefix(before)[:180]


def _next_week() -> datetime:
    day = timezone.localtime(clock.now() + NEXT_AFTER).date()
    return datetime.combine(day, time(NEXT_HOUR), tzinfo=timezone.get_current_timezone())


def _customers(request: PersonRequest) -> CustomerQuerySet:
    return Customer.objects.visible_to(request.user).current()


def _number(request: PersonRequest, name: str) -> int:
    """The id that the address gives; 0, which nothing has, for anything that is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
