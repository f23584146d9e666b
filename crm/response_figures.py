"""How fast leads are answered: whole counts of those that came in a period, no samples.

A lead is answered in time, answered late, or missed: nobody has answered although it was due, be it
still open, or archived or given up after that. Who answered has the answer; a lead without one is
its owner's.
What is waiting, and overdue of it, is counted as it is now, whenever it came.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count, F, Q

from accounts.models import Team, User
from core import clock
from crm.models import Lead
from crm.models.leads import LeadQuerySet


@dataclass
class Figures:
    """Counts of leads; ``minutes`` are of working time, of every answered one."""

    in_time: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0
    overdue: int = 0
    minutes: list[int] = field(default_factory=list)

    @property
    def decided(self) -> int:
        return self.in_time + self.late + self.missed

    @property
    def share(self) -> float | None:
        """Of those decided, the share answered in time, 0 to 1."""
        return self.in_time / self.decided if self.decided else None

    @property
    def median_minutes(self) -> float | None:
        return median(self.minutes) if self.minutes else None

    def add(self, other: "Figures") -> None:
        for name in ("in_time", "late", "missed", "waiting", "overdue"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.minutes.extend(other.minutes)


@dataclass(frozen=True)
class PersonFigures:
    """``person`` is None for what nobody has."""

    person: User | None
    figures: Figures


@dataclass(frozen=True)
class TeamFigures:
    team: Team | None
    figures: Figures


def this_month() -> tuple[datetime, datetime]:
    """From the company's first of the month to just after now."""
    return clock.day_start(clock.today().replace(day=1)), clock.default_as_of()


def company_figures(since: datetime, before: datetime, *, at: datetime) -> Figures:
    """Of all leads, with three queries."""
    counted = _came(since, before).aggregate(**_outcomes(at))
    open_now = _open().aggregate(waiting=Count("pk"), overdue=_overdue(at))
    return Figures(**counted, **open_now, minutes=_middle(since, before, counted))


def figures_by_person(
    user: User, since: datetime, before: datetime, *, at: datetime
) -> list[PersonFigures]:
    """Of the people whom ``user`` sees and who have any, by name, and for managers of nobody; a
    fixed number of queries."""
    people = User.objects.whose_records_are_visible_to(user).select_related("team")
    if not user.is_manager:
        people = people.filter(pk=user.pk)
    found = _of_people(since, before, at=at)
    rows = [PersonFigures(each, found[each.pk]) for each in people if each.pk in found]
    if user.is_manager and None in found:
        rows.append(PersonFigures(None, found[None]))
    return rows


def by_team(rows: list[PersonFigures]) -> list[TeamFigures]:
    """The figures of people added up by their teams."""
    teams: dict[Team | None, Figures] = defaultdict(Figures)
    for row in rows:
        if row.person is not None:
            teams[row.person.team].add(row.figures)
    return [TeamFigures(team, teams[team]) for team in sorted(teams, key=str)]


def _of_people(since: datetime, before: datetime, *, at: datetime) -> dict[int | None, Figures]:
    found: dict[int | None, Figures] = defaultdict(Figures)
    came, outcomes = _came(since, before), _outcomes(at)
    answered = (
        came.answered()
        .values("responder")
        .annotate(in_time=outcomes["in_time"], late=outcomes["late"])
    )
    for person, in_time, late in answered.values_list("responder", "in_time", "late"):
        found[person].add(Figures(in_time=in_time, late=late))
    missed = came.unanswered().values("customer__owner").annotate(n=outcomes["missed"])
    for person, n in missed.filter(n__gt=0).values_list("customer__owner", "n"):
        found[person].missed = n
    waiting = _open().values("customer__owner").annotate(n=Count("pk"), due=_overdue(at))
    for person, n, due in waiting.values_list("customer__owner", "n", "due"):
        found[person].waiting, found[person].overdue = n, due
    for person, minutes in came.answered().values_list("responder", "response_minutes"):
        found[person].minutes.append(minutes or 0)
    return found


def _came(since: datetime, before: datetime) -> LeadQuerySet:
    return Lead.objects.filter(arrived_at__gte=since, arrived_at__lt=before).order_by()


def _open() -> LeadQuerySet:
    return Lead.objects.current().waiting().order_by()


def _due(at: datetime) -> Q:
    return Q(due_at__lt=at)


def _overdue(at: datetime) -> Count:
    return Count("pk", filter=_due(at))


def _outcomes(at: datetime) -> dict[str, Count]:
    ended_in_time = Q(customer__archived_at__lte=F("due_at")) | Q(given_up_at__lte=F("due_at"))
    missed = Q(first_response_at__isnull=True) & _due(at) & ~ended_in_time
    return {
        "in_time": Count("pk", filter=Q(first_response_at__lte=F("due_at"))),
        "late": Count("pk", filter=Q(first_response_at__gt=F("due_at"))),
        "missed": Count("pk", filter=missed),
    }


def _middle(since: datetime, before: datetime, counted: dict[str, Any]) -> list[int]:
    """The one or two values in the middle, whose median is that of all."""
    n = counted["in_time"] + counted["late"]
    minutes = _came(since, before).answered().order_by("response_minutes")
    middle = minutes.values_list("response_minutes", flat=True)[max(n - 1, 0) // 2 : n // 2 + 1]
    return [each or 0 for each in middle]
