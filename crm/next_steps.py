"""What comes next with a customer or about a deal: the open activity that is due first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import clock
from core.templatetags.figures import near_day, relative_day
from crm.models import Activity, Customer
from crm.models.activities import ActivityQuerySet
from crm.timeline import ICONS

MOST_AT_HAND = 5
DUE_FIRST = (F("due_at").asc(nulls_last=True), "id")


@dataclass(frozen=True)
class NextStep:
    """An open activity beside the instant ``at`` at which somebody looks at it."""

    activity: Activity
    at: datetime

    @property
    def icon(self) -> str:
        return ICONS[self.activity.kind]

    @cached_property
    def days_late(self) -> int:
        """Whole days of the company since it was due; 0 where it still can be done in time."""
        if self.activity.due_at is None:
            return 0
        zone = clock.company_zone()
        due, now = self.activity.due_at.astimezone(zone), self.at.astimezone(zone)
        return max((now.date() - due.date()).days, 0)

    @property
    def when(self) -> str:
        """3 d overdue, today, Tue, 12 Jan; empty where no day was said."""
        if self.days_late:
            return _("%(days)s d overdue") % {"days": self.days_late}
        return near_day(self.activity.due_at) if self.activity.due_at else ""

    @cached_property
    def sentence(self) -> str:
        """The same for whoever hears it or points at it."""
        due = self.activity.due_at
        words = [self.activity.heading]
        if self.days_late:
            late = ngettext("%(n)s day overdue", "%(n)s days overdue", self.days_late)
            words.append(late % {"n": self.days_late})
        elif due:
            words.append(relative_day(due))
        return ", ".join(words)


def due_first(rows: ActivityQuerySet) -> ActivityQuerySet:
    """Those that wait for somebody; without a day last."""
    return rows.pending().order_by(*DUE_FIRST)


def planned_by(user: User, *, kind: str, customer: int, deal: int = 0) -> ActivityQuerySet:
    """What ``user``, or nobody in particular, is still to do of that ``kind`` with the customer; of
    a ``deal`` what is about it or about none. All three by their keys."""
    rows = due_first(Activity.objects.visible_to(user)).filter(customer=customer, kind=kind)
    rows = rows.filter(Q(owner=user.pk) | Q(owner=None))
    return rows.filter(Q(opportunity=deal) | Q(opportunity=None)) if deal else rows


def at_hand(rows: ActivityQuerySet, *, at: datetime) -> list[Activity]:
    """Those of ``rows``, due first, that are overdue or due on this day; without any, the next."""
    found = list(rows[:MOST_AT_HAND])
    today = at.astimezone(clock.company_zone()).date()
    before = clock.day_start(today + timedelta(days=1))
    return [row for row in found if row.due_at and row.due_at < before] or found[:1]


def steps_with(customer: Customer, *, deal: Any = None, user: User) -> ActivityQuerySet:
    """What is open with ``customer``; of a ``deal`` what is about it, then what is about none."""
    rows = due_first(Activity.objects.visible_to(user)).filter(customer=customer)
    if deal is not None:
        about = Q(opportunity=deal.pk) | Q(opportunity=None)
        rows = rows.filter(about).order_by(F("opportunity").asc(nulls_last=True), *DUE_FIRST)
    return rows.select_related("owner")
