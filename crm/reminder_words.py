"""What a reminder says, as a notice and as a letter."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from accounts.unsubscribing import unsubscribe_headers, unsubscribe_url
from core import clock, sentences
from core.templatetags.figures import day, moment
from crm.models import Activity

CODE = "activity_due"


def register() -> None:
    sentences.register(CODE, _sentence)


def notice_params(activity: Activity) -> dict[str, Any]:
    """What the notice needs to say it in the reader's language and time zone."""
    return {
        "activity": activity.pk,
        "kind": activity.kind,
        "subject": activity.subject,
        "customer": activity.customer.name,
        "due": activity.due_at.isoformat() if activity.due_at else "",
        "all_day": activity.all_day,
    }


def _sentence(params: dict[str, Any]) -> str:
    due = datetime.fromisoformat(params["due"]) if params["due"] else None
    kind = capfirst(str(Activity.Kind(params["kind"]).label))
    words = [f"{kind}: {params['subject']}", params["customer"]]
    if due:
        words.append(_("due %(when)s") % {"when": when(due, all_day=params["all_day"])})
    return " · ".join(words)


def when(due: datetime, *, all_day: bool) -> str:
    """The day alone where no hour was said; it is one of the company's."""
    return day(due.astimezone(clock.company_zone()).date()) if all_day else moment(due)


def letter(activity: Activity) -> dict[str, Any]:
    """Subject, text and headers of the letter to the owner, in their language and time zone."""
    owner = activity.owner
    assert owner is not None
    stop = unsubscribe_url(owner)
    with (
        translation.override(owner.language or settings.LANGUAGE_CODE),
        timezone.override(owner.zone),
    ):
        due = activity.due_at
        context = {
            "activity": activity,
            "owner": owner,
            "when": when(due, all_day=activity.all_day) if due else "",
            "url": settings.SITE_URL + reverse("crm:customer", args=[activity.customer_id]),
            "stop": stop,
        }
        # A line break in a subject would be a header of its own.
        subject = " ".join(f"{activity.heading} · {activity.customer.name}".split())
        body = render_to_string("crm/reminder_email.txt", context)
    headers = unsubscribe_headers(stop)
    return {"subject": Truncator(subject).chars(200), "body": body, "headers": headers}
