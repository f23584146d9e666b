"""Parts that pages of customers share."""

from datetime import datetime, time, timedelta
from typing import Any

from django import template
from django.forms import BaseForm
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from core.pages import start_of
from crm.activity_forms import ActivityForm
from crm.models import Activity, Customer
from crm.next_steps import NextStep, due_first, steps_with
from crm.services.rescheduling import Later
from crm.services.snooze import Snooze
from crm.timeline import done_activities

QUICK_MINUTES = (10, 20, 30, 60, 120, 240)
SHOWN_OF_DEAL = 20

register = template.Library()


@register.inclusion_tag("crm/_activity_fields.html")
def activity_fields(form: BaseForm, deal: Any = None) -> dict[str, Any]:
    """The fields of an activity, with dates one click away by the business clock.

    On the page of a ``deal`` it is about this one.
    """
    return {
        "form": form,
        "deal": deal,
        "quick_dates": _quick_dates(timezone.localtime(clock.now())),
        "quick_minutes": QUICK_MINUTES,
    }


@register.inclusion_tag("crm/_next_step.html", takes_context=True)
def next_step(context: dict[str, Any], customer: Customer, deal: Any = None) -> dict[str, Any]:
    """What comes next with ``customer``, or about its ``deal``; a way to plan it where nothing."""
    at = clock.now()
    first = steps_with(customer, deal=deal, user=context["request"].user).first()
    about = f"deal={deal.pk}" if deal else f"customer={customer.pk}"
    return {
        "request": context["request"],
        "csrf_token": context["csrf_token"],
        "step": NextStep(first, at) if first else None,
        "about": about,
    }


@register.inclusion_tag("crm/_deal_activities.html", takes_context=True)
def deal_activities(context: dict[str, Any], deal: Any) -> dict[str, Any]:
    """What is planned and was done about a deal, and a form to note more."""
    user, customer = context["request"].user, deal.customer
    rows = Activity.objects.visible_to(user).filter(opportunity=deal)
    planned = due_first(rows).select_related("owner")
    form = ActivityForm(user=user, initial={"customer": customer, "opportunity": deal})
    start = start_of(context["request"], "older")
    entries, has_older = done_activities(rows, user=user, start=start, shown=SHOWN_OF_DEAL)
    return {
        "request": context["request"],
        "csrf_token": context["csrf_token"],
        "deal": deal,
        "customer": customer,
        "at": clock.now(),
        # Of a deal still pursued the first of them stands at the top of the page.
        "open_activities": planned[1:] if deal.stage.is_open else planned,
        "entries": entries,
        "older": start + SHOWN_OF_DEAL if has_older else None,
        "activity_form": form,
        "address": f"{reverse('crm:new_activity')}?deal={deal.pk}",
    }


@register.inclusion_tag("crm/_snooze.html", takes_context=True)
def snooze(context: dict[str, Any], activity: Activity) -> dict[str, Any]:
    """Ways to put the reminder of an activity off, for who is to do it."""
    choices = Snooze.choices if activity.owner_id == context["request"].user.pk else []
    return {"activity": activity, "snoozes": choices, "csrf_token": context["csrf_token"]}


@register.inclusion_tag("crm/_activity_menu.html", takes_context=True)
def activity_menu(context: dict[str, Any], activity: Activity) -> dict[str, Any]:
    """What else is done with an open activity: put off, edited, called off."""
    return {"activity": activity, "days": Later.choices, "csrf_token": context["csrf_token"]}


def _quick_dates(now: datetime) -> list[dict[str, str]]:
    choices = [(_("Today"), 0, 17), (_("Tomorrow"), 1, 9), (_("In a week"), 7, 9)]
    days = [(label, now.date() + timedelta(days=ahead), hour) for label, ahead, hour in choices]
    return [
        {"label": label, "value": f"{datetime.combine(on, time(hour)):%Y-%m-%dT%H:%M}"}
        for label, on, hour in days
    ]
