"""What a plan asks of somebody this month, beside what the moves of their customers say was done.

A plan divides its requirements by team where its target is split so, and by the last year's entries
where not (``shares``). A person's share goes on from there: by how many of the last
year's entries were theirs, among the people who still work here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, IntegerField, Q, When

from accounts.models import User
from core import clock
from core.vocabulary import label
from crm.models import LifecycleChange, PlanPart
from pipeline.models import StageChange
from planning.engine.allocation import divide
from planning.models import Plan, Requirement
from planning.own_rates import Row
from planning.rounding import largest_remainder
from planning.segments import WON, Dimension, entries_by, teams_of
from planning.shares import Shares, shares_of
from planning.solving import first_day, plan_months

Weights = Mapping[Row, Mapping[str, int]]


@dataclass(frozen=True)
class Ring:
    """A stage this month: what the plan needs of all, of it ``mine``, and what was ``done``."""

    name: str
    part: str
    whole: int
    mine: int
    done: int

    @property
    def missing(self) -> int:
        return max(self.mine - self.done, 0)

    @property
    def percent(self) -> int:
        """How far round the ring is drawn."""
        return min(100 * self.done // self.mine, 100) if self.mine else 100 * bool(self.done)


@dataclass(frozen=True)
class MyMonth:
    """``by_team`` says that the target's parts by team come before the shares of people."""

    plan: Plan
    last_day: date
    rings: list[Ring]
    by_team: bool
    of_others: bool


def plan_of(user: User, *, on: date) -> Plan | None:
    """The newest approved plan of the year that ``on`` lies in, else the newest; of the company or
    of a team that ``user`` is in. A rep may not open it, but is told the own part."""
    year = on.year if on >= first_day(on.year) else on.year - 1
    plans = Plan.objects.filter(year=year, scenario_of=None, solution__isnull=False)
    plans = plans.select_related("pipeline")
    if not user.is_admin:
        above = user.team.ancestors(include_self=True) if user.team else []
        plans = plans.filter(Q(team=None) | Q(team__in=[each.pk for each in above]))
    approved = Case(
        When(status=Plan.Status.APPROVED, then=1), default=0, output_field=IntegerField()
    )
    return plans.order_by(approved.desc(), "-pk").first()


def my_month(user: User, *, at: datetime) -> MyMonth | None:
    """Leads, proposals and wins; None where no plan of the year says anything of this month.

    A manager's are those of all the people whose records they see. A fixed number of queries.
    """
    today = at.astimezone(clock.company_zone()).date()
    plan = plan_of(user, on=today)
    rows = _stages(plan) if plan else []
    months = plan_months(plan.year) if plan else ()
    first = today.replace(day=1)
    if plan is None or not rows or first not in months:
        return None
    people = _people(user)
    by_team = plan.target_parts.filter(dimension=Dimension.TEAM).exists()
    parts = shares_of(plan, Dimension.TEAM, user) if by_team else None
    found = _Division(plan, parts, people, months.index(first))
    after = (first + timedelta(days=31)).replace(day=1)
    done = _Done(plan, people, first, after)
    return MyMonth(
        plan=plan,
        last_day=after - timedelta(days=1),
        rings=[found.ring(each, done.of(each.key)) for each in _three(plan, rows)],
        by_team=parts is not None,
        of_others=len(people) > 1,
    )


def _people(user: User) -> list[int]:
    """A rep alone; a manager with all whose records they see."""
    if not user.is_manager:
        return [user.pk]
    seen = User.objects.whose_records_are_visible_to(user).active()
    return list(seen.values_list("pk", flat=True))


@dataclass(frozen=True)
class _Needed:
    name: str
    part: str
    key: Row
    months: list[int]


def _stages(plan: Plan) -> list[_Needed]:
    """The plan's stages in funnel order, in whole numbers by month as its page shows them."""
    found: dict[int, list[Requirement]] = {}
    for row in plan.requirements.filter(segment="").order_by("position", "month"):
        found.setdefault(row.position, []).append(row)
    return [
        _Needed(
            label(rows[0].name),
            rows[0].part,
            (rows[0].kind, rows[0].stage or 0),
            largest_remainder([row.entries for row in rows]),
        )
        for rows in found.values()
    ]


def _three(plan: Plan, stages: Sequence[_Needed]) -> Iterator[_Needed]:
    """The first stage, the last one of tracking, and the wins; fewer where a funnel is short."""
    yield stages[0]
    tracked = [each for each in stages[1:] if each.part == PlanPart.TRACKING]
    if tracked:
        yield tracked[-1]
    months = (plan.solution or {}).get("months", [])
    wins = largest_remainder([month["wins"] + month.get("won_so_far", 0.0) for month in months])
    won = plan.pipeline.stages.current().filter(is_won=True).first()
    if wins and won is not None:
        yield _Needed(won.label, PlanPart.CLOSING, WON, wins)


class _Division:
    """The requirement of a month divided down to people."""

    def __init__(self, plan: Plan, parts: Shares | None, people: Sequence[int], month: int) -> None:
        self.parts, self.people, self.month = parts, people, month
        self.weights: Weights = entries_by(plan, "owner_id", has_customers=True)
        working = User.objects.active()
        teams = teams_of(plan)
        rows = working if teams is None else working.filter(team__in=teams)
        self.teams: dict[str, str] = {
            str(pk): str(team or "") for pk, team in rows.values_list("pk", "team_id")
        }

    def ring(self, stage: _Needed, done: int) -> Ring:
        return Ring(stage.name, stage.part, stage.months[self.month], self._mine(stage), done)

    def _mine(self, stage: _Needed) -> int:
        mine = {str(pk) for pk in self.people}
        if self.parts is None:
            return self._among(stage.key, stage.months, list(self.teams), mine)
        by_team = divide(stage.months, self.parts.of(stage.key))
        return sum(
            self._among(stage.key, [int(n) for n in by_team[p]], self._members(team), mine)
            for p, team in enumerate(self.parts.values)
        )

    def _members(self, team: str) -> list[str]:
        return [person for person, of in self.teams.items() if of == team]

    def _among(self, key: Row, months: list[int], people: list[str], mine: set[str]) -> int:
        entered = self.weights.get(key, {})
        weights = [entered.get(person, 0) for person in people]
        if not any(weights):
            # Nobody has a history to go by: better no number than an invented one.
            return 0
        shared = divide(months, weights)
        return sum(int(shared[i, self.month]) for i, person in enumerate(people) if person in mine)


class _Done:
    """What entered each stage this month of the customers and deals of ``people``."""

    def __init__(self, plan: Plan, people: Sequence[int], first: date, after: date) -> None:
        within: dict[str, Any] = {
            "at__gte": clock.day_start(first),
            "at__lt": clock.day_start(after),
        }
        moves = StageChange.objects.live().filter(
            pipeline=plan.pipeline_id,
            opportunity__owner__in=people,
            opportunity__archived_at__isnull=True,
            **within,
        )
        climbs = LifecycleChange.objects.live().filter(
            ladder__pipelines=plan.pipeline_id, customer__owner__in=people, **within
        )
        self.found: dict[Row, set[int]] = {}
        for stage, is_won, deal in moves.values_list(
            "to_stage", "to_stage__is_won", "opportunity"
        ).order_by():
            self._note(WON if is_won else ("opportunity", stage), deal)
        for stage, customer in climbs.values_list("to_stage", "customer").order_by():
            self._note(("customer", stage), customer)

    def _note(self, key: Row, subject: int) -> None:
        self.found.setdefault(key, set()).add(subject)

    def of(self, key: Row) -> int:
        return len(self.found.get(key, ()))
