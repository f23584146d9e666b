"""What a plan may use, as the planning engine takes it: people, hours and channels as arrays."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.conf import settings

from core.money import RateTable
from planning.engine.capacity import People, RoleTerms, workforce
from planning.engine.means import Effort, Limits, Means, Tiers, Workforce
from planning.engine.window import PlanWindow
from planning.known_means import Floats, KnownChannel, KnownMeans, KnownRole
from planning.models import (
    Channel,
    ChannelBudget,
    Holiday,
    JobRole,
    Plan,
    Staff,
    StageEffort,
)

WORK_WEEK = "1111100"


def known_means(
    plan: Plan, *, rows: Sequence[tuple[str, int]], window: PlanWindow, as_of: date
) -> KnownMeans:
    """What ``plan`` may use in the months of ``window``; ``rows`` are its stages in order.

    A fixed number of queries. Raises MissingExchangeRate where people or channels cost something
    and the plan's currency has no rate.
    """
    roles = tuple(JobRole.objects.prefetch_related("efforts__pipeline_stage"))
    channels = tuple(
        Channel.objects.filter(is_active=True).select_related("source").prefetch_related("tiers")
    )
    rate = _rate(plan, as_of) if roles or channels else 1.0
    means = Means(
        effort=effort_of(roles, rows, hours=lambda effort: effort.hours_in(plan.pipeline_id)),
        workforce=_workforce(plan, roles, window, as_of, rate),
        tiers=_tiers(channels, window, rate),
        limits=_limits(plan, channels, window, as_of),
    )
    return KnownMeans(
        tuple(KnownRole(role.name, role.notice_months, _measured(role, plan)) for role in roles),
        tuple(KnownChannel(channel.source.name, channel.source_id) for channel in channels),
        means,
    )


def _rate(plan: Plan, as_of: date) -> float:
    """Units of the plan's currency for one of the company's, in which means are paid."""
    return float(RateTable(plan.currency).rate(settings.COMPANY_CURRENCY, as_of))


def _measured(role: JobRole, plan: Plan) -> tuple[tuple[str, int | None], ...]:
    """Stages of measured hours; of a merged one, the stage that it was merged into."""
    efforts = role.efforts.all()
    return tuple(_row_of(e) for e in efforts if e.uses_measured_in(plan.pipeline_id))


def _row_of(effort: StageEffort) -> tuple[str, int | None]:
    stage = effort.pipeline_stage
    return ("opportunity", stage.read_as.pk) if stage else effort.row


def effort_of(
    roles: Sequence[JobRole],
    rows: Sequence[tuple[str, int]],
    *,
    hours: Callable[[StageEffort], tuple[float, float]] = lambda effort: effort.hours,
) -> Effort:
    """Hours by role and stage; those of a merged stage count for what it was merged into."""
    place = {row: i for i, row in enumerate(rows)}
    per_entry, per_month = np.zeros((2, len(roles), len(rows)))
    for r, role in enumerate(roles):
        for effort in role.efforts.all():
            row = _row_of(effort)
            if row in place:
                entry, month = hours(effort)
                per_entry[r, place[row]] += entry
                per_month[r, place[row]] += month
    return Effort(per_entry, per_month)


def _workforce(
    plan: Plan, roles: Sequence[JobRole], window: PlanWindow, as_of: date, rate: float
) -> Workforce:
    staff = list(Staff.objects.of_plan(plan).filter(role__in=roles))
    terms = role_terms(roles, rate, may_hire=plan.may_hire)
    days = work_days(as_of, window)
    return workforce(people_of(staff, roles, as_of), terms, window, days)


def people_of(staff: Iterable[Staff], roles: Sequence[JobRole], as_of: date) -> People:
    """Rows of staff as people; ``headcount`` of them are one with that many times the share."""
    place = {role.pk: i for i, role in enumerate(roles)}
    rows = [
        (
            place[person.role_id],
            (person.begins - as_of).days,
            np.inf if person.ends is None else (person.ends - as_of).days + 1,
            person.headcount * person.share,
        )
        for person in staff
    ]
    if not rows:
        return People.none()
    role, start, end, share = zip(*rows, strict=True)
    return People(
        np.array(role, np.int64), np.array(start, float), np.array(end, float), np.array(share)
    )


def role_terms(roles: Sequence[JobRole], rate: float, *, may_hire: bool = True) -> RoleTerms:
    """On what terms people are employed; money times ``rate``."""

    def column(values: Iterable[Any]) -> Floats:
        return np.array([float(value) for value in values])

    most = (np.inf if role.most_hires is None else role.most_hires for role in roles)
    return RoleTerms(
        names=tuple(role.name for role in roles),
        hours_per_day=column(role.hours_per_day for role in roles),
        pay_per_month=column(role.monthly_cost for role in roles) * rate,
        recruiting_cost=column(role.recruiting_cost for role in roles) * rate,
        ramp=_ramps(roles),
        attrition_per_year=column(role.attrition for role in roles),
        training_hours=column(role.training_hours for role in roles),
        notice_days=column(role.notice_months * 30.4375 for role in roles),
        most_hires=column(most if may_hire else (0.0 for _role in roles)),
        overtime_share=column(role.overtime_share for role in roles),
        overtime_cost=column(role.overtime_cost for role in roles) * rate,
    )


def _ramps(roles: Sequence[JobRole]) -> Floats:
    longest = max((len(role.ramp) for role in roles), default=0)
    ramps = np.ones((len(roles), longest))
    for i, role in enumerate(roles):
        ramps[i, : len(role.ramp)] = role.ramp
    return ramps


def work_days(as_of: date, window: PlanWindow) -> Floats:
    """float[M]: working days of each month of ``window``, which counts days from ``as_of``."""
    edges = [as_of + timedelta(days=int(edge)) for edge in window.edges]
    kept = Holiday.objects.filter(day__gte=edges[0], day__lt=edges[-1])
    free: list[date] = []
    worked: list[date] = []
    for holiday in kept:
        (worked if holiday.is_workday else free).append(holiday.day)
    starts, ends = (np.array(days, "datetime64[D]") for days in (edges[:-1], edges[1:]))
    days = np.busday_count(starts, ends, weekmask=WORK_WEEK, holidays=free)
    weekends = np.array([day for day in worked if day.weekday() > 4], "datetime64[D]")
    extra = ((weekends >= starts[:, None]) & (weekends < ends[:, None])).sum(axis=1)
    return np.asarray(days + extra, float)


def _tiers(channels: Sequence[Channel], window: PlanWindow, rate: float) -> Tiers:
    """A tier of each price, in order; leads come once the channel's lead time has passed."""
    tiers = [
        (i, channel, tier) for i, channel in enumerate(channels) for tier in channel.tiers.all()
    ]
    if not tiers:
        return Tiers.none(window.months)
    current = int(np.searchsorted(window.edges, 0.0, side="right")) - 1
    begun = np.array([max(current, 0) + channel.lead_months for _i, channel, _tier in tiers])
    volume = np.array([tier.leads_per_month for _i, _channel, tier in tiers])
    comes = np.arange(window.months) >= begun[:, None]
    return Tiers(
        channel=tuple(channel.source.name for _i, channel, _tier in tiers),
        segment=np.array([i for i, _channel, _tier in tiers], np.int64),
        cost=np.array([float(tier.cost_per_lead) for _i, _channel, tier in tiers]) * rate,
        most=volume[:, None] * comes * window.open_share,
        lead_months=np.array([channel.lead_months for _i, channel, _tier in tiers], np.int64),
    )


def _limits(plan: Plan, channels: Sequence[Channel], window: PlanWindow, as_of: date) -> Limits:
    budgets: dict[str, Floats] = {}
    names = {channel.pk: channel.source.name for channel in channels}
    edges = [as_of + timedelta(days=int(edge)) for edge in window.edges[:-1]]
    for row in _channel_budgets(plan):
        if row.channel_id in names and row.month in edges:
            kept = budgets.setdefault(names[row.channel_id], np.full(window.months, np.inf))
            kept[edges.index(row.month)] = float(row.amount)
    budget = None if plan.budget is None else float(plan.budget)
    return Limits(budget=budget, channel_budget=budgets, flexibility=plan.flexibility)


def _channel_budgets(plan: Plan) -> Iterable[ChannelBudget]:
    if plan.tried_channel_budgets is not None:
        return plan.tried_channel_budgets
    return plan.channel_budgets.all() if plan.pk else ()
