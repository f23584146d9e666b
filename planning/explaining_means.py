"""How the hours, channels and costs of a plan within its means come about."""

from collections.abc import Callable
from typing import Any

import numpy as np

from planning.explained import (
    Asked,
    Explained,
    NothingToExplain,
    Part,
    Told,
    kept,
    three_digits,
)
from planning.funnel_law import Floats
from planning.rounding import largest_remainder
from planning.solving import SolvedPlan
from planning.within import Within


def within_of(told: Told) -> Within:
    """Raises NothingToExplain where neither people nor channels are typed."""
    if told.solved.within is None:
        raise NothingToExplain
    return told.solved.within


def hours(told: Told, asked: Asked) -> Explained:
    """Hours of a role: those who enter each stage, and those who are there, at their hours."""
    within = within_of(told)
    role = _place(within.means.workforce.roles, asked.name)
    months = list(told.months(asked))
    entering, there = _work(told.solved, within)
    effort, needed = within.means.effort, within.needed_hours[role]
    parts = []
    for stage in range(len(told.solved.funnel.rows)):
        for origin, count, each in (
            ("entry", entering[stage, months].sum(), effort.per_entry[role, stage]),
            ("stay", there[stage, months].sum(), effort.per_month[role, stage]),
        ):
            n, h = float(count), float(each)
            parts.append(Part(origin, n * h, stage=stage, quantity=n, price=h))
    value = float(needed[months].sum())
    return Explained(
        asked=asked,
        unit="hours",
        value=value,
        shown=round(value),
        parts=kept(parts),
        facts=_supply(within, role, months) | _origin(told.solved, within, role, parts),
        by_month={"new": needed} if asked.month is None else {},
    )


def _origin(solved: SolvedPlan, within: Within, role: int, parts: list[Part]) -> dict[str, Any]:
    """The stages that take hours, those of measured hours apart from those of typed ones."""
    rows = {
        ("opportunity", effort.pipeline_stage.read_as.pk) if effort.pipeline_stage else effort.row
        for effort in within.known.roles[role].efforts.all()
        if effort.uses_measured_in(solved.plan.pipeline_id)
    }
    working = sorted({part.stage for part in parts if part.stage is not None and part.value})
    measured = [stage for stage in working if solved.funnel.rows[stage] in rows]
    return {"measured": measured, "typed": [s for s in working if s not in measured]}


def _work(solved: SolvedPlan, within: Within) -> tuple[Floats, Floats]:
    """float[S, M] twice: those who enter from now on, and the subject-months spent in a stage."""
    found = solved.laid_out
    segments = within.segments
    if within.is_reached:
        leads = within.program.segment_leads
    else:
        leads, segments = found.new_leads[None], segments[:1]
    there = sum(
        segment.occupancy.fixed.T + np.einsum("m,mts->st", each, segment.occupancy.per_lead)
        for segment, each in zip(segments, leads, strict=True)
    )
    return found.entries - found.so_far, np.asarray(there)


def _supply(within: Within, role: int, months: list[int]) -> dict[str, Any]:
    """The hours there are, of which those of people to be hired, and overtime."""
    team, program = within.means.workforce, within.program
    own = float(team.available[role, months].sum())
    if not within.is_reached:
        return {"there": own, "hired": 0.0, "overtime": 0.0}
    there = float(program.hours_available[role, months].sum())
    overtime = float(program.overtime[role, months].sum())
    return {"there": there, "hired": there - own, "overtime": overtime}


def channel(told: Told, asked: Asked) -> Explained:
    """Leads of a channel, by the prices at which they are had."""
    within = within_of(told)
    own, names = _tiers(within, asked.name), within.means.tiers.channel
    leads, cost = within.program.leads[own], within.means.tiers.cost[own]
    counts = largest_remainder(leads.sum(axis=0).tolist())
    months = list(told.months(asked))
    bought = leads[:, months].sum(axis=1)
    most = within.means.tiers.most[own][:, months].sum(axis=1)
    return Explained(
        asked=asked,
        unit="subjects",
        value=float(bought.sum()),
        shown=sum(counts[month] for month in months),
        parts=kept(
            [
                Part("tier", float(n), name=asked.name, price=float(each))
                for n, each in zip(bought, cost, strict=True)
            ]
        ),
        facts={"amount": float(bought @ cost), "most": float(most.sum()), "tiers": len(names)},
        by_month={"new": leads.sum(axis=0)} if asked.month is None else {},
    )


def leads_by_channel(solved: SolvedPlan) -> dict[str, float]:
    """Leads of each channel, of those that the plan buys; empty where it buys none."""
    within = solved.within
    if within is None or not within.is_reached or not within.known.has_channels:
        return {}
    return _by_channel(within, within.program.leads)


def spend(told: Told, asked: Asked) -> Explained:
    """What leads cost, by channel."""
    within = within_of(told)
    by_channel = _by_channel(within, within.program.spend)
    parts = [Part("channel", amount, name=name) for name, amount in by_channel.items()]
    value = float(within.program.spend.sum())
    by_month = {"new": within.program.spend.sum(axis=0)}
    return _money(asked, value, parts, {"budget": within.means.limits.budget}, by_month)


def cost(told: Told, asked: Asked) -> Explained:
    """Leads, hires, overtime, and the pay of the people of today."""
    within = within_of(told)
    return _money(asked, within.program.cost, _costs(within), {})


def profit(told: Told, asked: Asked) -> Explained:
    """The gross margin of what is expected, less all that the plan costs."""
    within, margin = within_of(told), told.solved.plan.margin
    if margin is None:
        raise NothingToExplain
    program = within.program
    parts = [Part("margin", margin * program.expected, quantity=program.expected, price=margin)]
    parts += [
        Part(part.origin, -part.value, name=part.name, quantity=part.quantity)
        for part in _costs(within)
    ]
    return _money(asked, program.profit, parts, {"margin": margin, "expected": program.expected})


def _costs(within: Within) -> list[Part]:
    program, team = within.program, within.means.workforce
    hired, hires = (program.hires * team.hire_cost).sum(axis=1), program.hires.sum(axis=1)
    extra = program.overtime.sum(axis=1)
    pay = team.payroll.sum(axis=1)
    parts = [Part("spend", float((program.leads.sum(axis=1) * within.means.tiers.cost).sum()))]
    for r, name in enumerate(team.roles):
        worked = float(extra[r])
        parts += [
            Part("payroll", float(pay[r]), name=name),
            Part("hires", float(hired[r]), name=name, quantity=float(hires[r])),
            Part("overtime", worked * float(team.overtime_cost[r]), name=name, quantity=worked),
        ]
    return parts


def _money(
    asked: Asked,
    value: float,
    parts: list[Part],
    facts: dict[str, float | None],
    by_month: dict[str, Floats] | None = None,
) -> Explained:
    shown = three_digits(value)
    return Explained(asked, "money", value, shown, kept(parts), dict(facts), by_month or {})


def _by_channel(within: Within, amounts: Floats) -> dict[str, float]:
    """Sums of float[K, M] by channel, the most first."""
    total: dict[str, float] = {}
    for name, row in zip(within.means.tiers.channel, amounts, strict=True):
        total[name] = total.get(name, 0.0) + float(row.sum())
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _tiers(within: Within, name: str) -> list[int]:
    found = [k for k, channel in enumerate(within.means.tiers.channel) if channel == name]
    if not found or not within.known.has_channels:
        raise NothingToExplain
    return found


def _place(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise NothingToExplain
    return names.index(name)


ABOUT: dict[str, Callable[[Told, Asked], Explained]] = {
    "hours": hours,
    "channel": channel,
    "spend": spend,
    "cost": cost,
    "profit": profit,
}
