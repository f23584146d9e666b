"""The plan with limits: how long its linear program takes, alone and with all around it.

python bench/program.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planning.engine import FunnelLaw, Goal, OpenStays, PlanWindow, simulate
from planning.engine.capacity import People, RoleTerms, workforce
from planning.engine.means import Effort, Limits, Means, Tiers, Workforce
from planning.engine.program import Program, plan_within
from planning.engine.segments import Segment, look_ahead_in
from planning.engine.sizing import Aim

ROLES = ("marketer", "account executive", "engineer")
START = date(2002, 1, 1)


@dataclass(frozen=True, eq=False)
class Company:
    """A company with `segments` channels of two tiers each, and a team of three roles."""

    window: PlanWindow
    stays: list[OpenStays]
    segments: list[Segment]
    means: Means


def law_of(stages: int, *, win: float, dwell: float, amount: float) -> FunnelLaw:
    """A funnel with skips and moves back and gamma dwell times."""
    edges = np.concatenate([np.arange(28.0), 28 * 1.1 ** np.arange(55)])
    passed = stats.gamma.cdf(edges, 1.5, scale=dwell / 1.5)
    shape = np.diff(passed)
    rates = 0.6 * np.eye(stages, k=1) + 0.1 * np.eye(stages, k=2) + 0.05 * np.eye(stages, k=-1)
    wins = np.zeros((stages, shape.size))
    wins[-1] = win * shape
    return FunnelLaw(
        stages=tuple(f"stage {number}" for number in range(stages)),
        edges=edges,
        offspring=rates[:, :, None] * shape,
        wins=wins,
        survival=np.tile(1 - passed, (stages, 1)),
        amount_per_win=amount,
        success_log_sd=np.linspace(0.15, 0.05, stages),
        amount_cv=0.8,
    )


def stays_in(stages: int, count: int, rng: np.random.Generator) -> OpenStays:
    stage = rng.integers(0, stages, count)
    return OpenStays(stage, rng.gamma(1.5, 20.0, count), rng.gamma(2.0, 20_000.0, count))


def law_at_random(stages: int, rng: np.random.Generator) -> FunnelLaw:
    return law_of(
        stages,
        win=rng.uniform(0.2, 0.5),
        dwell=rng.uniform(15, 25),
        amount=rng.uniform(20_000, 60_000),
    )


def tiers_of(segments: int, months: int, rng: np.random.Generator) -> Tiers:
    segment = np.repeat(np.arange(segments), 2)
    cost = rng.uniform(20, 200, segments).repeat(2) * np.tile([1.0, 2.5], segments)
    lead = rng.integers(0, 3, segments).repeat(2)
    volume = rng.uniform(200, 600, 2 * segments) / segments
    most = np.where(np.arange(months) >= lead[:, None], volume[:, None], 0.0)
    return Tiers(tuple(f"channel {number}" for number in segment), segment, cost, most, lead)


def team_of(window: PlanWindow, people: int = 12) -> Workforce:
    roles = len(ROLES)
    role = np.arange(people) % roles
    known = People(role, np.full(people, -900.0), np.full(people, np.inf), np.ones(people))
    terms = RoleTerms(
        names=ROLES,
        hours_per_day=np.full(roles, 7.5),
        pay_per_month=np.array([5_000.0, 7_000.0, 8_000.0]),
        recruiting_cost=np.array([4_000.0, 8_000.0, 9_000.0]),
        ramp=np.tile([0.1, 0.3, 0.5, 0.7, 0.85], (roles, 1)),
        attrition_per_year=np.array([0.1, 0.25, 0.1]),
        training_hours=np.full(roles, 15.0),
        notice_days=np.full(roles, 60.0),
        most_hires=np.full(roles, 4.0),
        overtime_share=np.full(roles, 0.1),
        overtime_cost=np.array([50.0, 70.0, 80.0]),
    )
    return workforce(known, terms, window, np.full(window.months, 21.0))


def effort_of(stages: int, rng: np.random.Generator) -> Effort:
    """Marketers work at the first stages, engineers at the last, account executives at all."""
    place = np.linspace(0, 1, stages)
    focus = np.stack([place < 0.3, place >= 0.2, place > 0.6]).astype(float)
    per_entry = focus * (0.5 + 6 * place) * rng.uniform(0.8, 1.2, focus.shape)
    return Effort(per_entry, focus * place * 2.0)


def company(stages: int, segments: int, months: int, seed: int = 1) -> Company:
    rng = np.random.default_rng(seed)
    window = PlanWindow.of_year(START, START, months=months)
    budget = 25_000.0 * months
    means = Means(
        effort_of(stages, rng),
        team_of(window),
        tiers_of(segments, months, rng),
        Limits(budget=budget, budget_by_month=np.full(months, 60_000.0), utilisation=0.95),
    )
    laws = [law_at_random(stages, rng) for _ in range(segments)]
    stays = [stays_in(stages, 300 // segments, rng) for _ in range(segments)]
    looked = [look_ahead_in(*pair, window) for pair in zip(laws, stays, strict=True)]
    return Company(window, stays, looked, means)


QUESTIONS = {
    "most revenue": (None, 50, Aim("revenue")),
    "least cost": (0.8, 50, Aim()),
    "most profit": (0.8, 50, Aim("profit", margin=0.4)),
    "least cost, P80": (0.8, 80, Aim()),
    "130 % of the most": (1.3, 50, Aim()),
    "whole hires": (0.8, 50, Aim(whole_hires=True)),
}


def ask(firm: Company, share: float | None, confidence: float, aim: Aim, most: float) -> Program:
    goal = Goal(most * (share or 0.0), confidence=confidence)
    return plan_within(firm.segments, firm.window, firm.means, goal, aim)


def timed(work: Callable[[], Program], repeats: int) -> tuple[float, float, Program]:
    """Median seconds on the clock and of the processor, and the answer."""
    clock, processor = [], []
    for _ in range(repeats):
        start, busy = time.perf_counter(), time.process_time()
        answer = work()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
    return float(np.median(clock)), float(np.median(processor)), answer


def table_of(stages: int, segments: int, months: int, repeats: int, whole: bool) -> None:
    start = time.perf_counter()
    firm = company(stages, segments, months)
    print(
        f"\n{stages} stages x {segments} segments x {months} months, "
        f"{2 * segments} tiers, {len(ROLES)} roles; kernels {time.perf_counter() - start:.2f} s"
    )
    most = ask(firm, None, 50, Aim("revenue"), 0.0).reachable
    print("question             seconds     cpu  code         of the most    gap  largest limit")
    for name, (share, confidence, aim) in QUESTIONS.items():
        if aim.whole_hires and not whole:
            continue
        seconds, busy, plan = timed(partial(ask, firm, share, confidence, aim, most), repeats)
        priced = next((limit for limit in plan.limits if limit.price > 0), None)
        limit = f"{priced.kind} {priced.name}: {priced.price:,.0f}" if priced else "none"
        print(
            f"{name:<20} {seconds:>7.3f} {busy:>7.3f}  {plan.code:<12}"
            f" {plan.expected / most:>11.4f}"
            f" {plan.gap:>6.4f}  {limit}"
        )


def check_prices(seeds: range) -> None:
    """The price of the target beside what a little more of it costs, and the forward check."""
    worst_price = worst_revenue = 0.0
    for seed in seeds:
        firm = company(4, 3, 12, seed)
        most = ask(firm, None, 50, Aim("revenue"), 0.0).reachable
        less, plan, more = (ask(firm, 0.8 + d, 50, Aim(), most) for d in (-1e-5, 0.0, 1e-5))
        rises = (more.cost - plan.cost, plan.cost - less.cost)
        price = plan.target_price or 0.0
        off = min(abs(price * most * 1e-5 / rise - 1) for rise in rises)
        worst_price = max(worst_price, off)
        brought = sum(
            simulate(segment.law, stays, firm.window, leads).revenue.sum()
            for segment, stays, leads in zip(
                firm.segments, firm.stays, plan.segment_leads, strict=True
            )
        )
        worst_revenue = max(worst_revenue, abs(brought / plan.expected - 1))
    print(f"\n{len(seeds)} random companies, worst relative error")
    print(f"price of the target beside its finite difference  {worst_price:.1e}")
    print(f"revenue beside forward simulation                 {worst_revenue:.1e}")


def main() -> None:
    table_of(6, 10, 24, repeats=5, whole=True)
    table_of(10, 100, 36, repeats=1, whole=False)
    check_prices(range(8))


if __name__ == "__main__":
    main()
