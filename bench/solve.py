"""Back-solving a year: kernels and whole solve, beside following every cohort by loops.

python bench/solve.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planning.engine import FunnelLaw, Goal, OpenStays, PlanWindow, solve
from planning.engine.kernels import LagKernels, Renewal, count_lags

STAGES = (3, 6, 8, 10)
OPEN_SUBJECTS = 5_000
YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
TWO_YEARS = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1), months=24)


def law_of(stages: int) -> FunnelLaw:
    """A funnel with skips and moves back, gamma dwell times of 25 days."""
    edges = np.concatenate([np.arange(28.0), 28 * 1.1 ** np.arange(55)])
    passed = stats.gamma.cdf(edges, 1.5, scale=25 / 1.5)
    shape = np.diff(passed)
    rates = 0.6 * np.eye(stages, k=1) + 0.1 * np.eye(stages, k=2) + 0.05 * np.eye(stages, k=-1)
    wins = np.zeros((stages, shape.size))
    wins[-1] = 0.4 * shape
    return FunnelLaw(
        stages=tuple(f"stage {number}" for number in range(stages)),
        edges=edges,
        offspring=rates[:, :, None] * shape,
        wins=wins,
        survival=np.tile(1 - passed, (stages, 1)),
        amount_per_win=1000.0,
        success_log_sd=np.full(stages, 0.1),
        amount_cv=0.8,
    )


def stays_in(law: FunnelLaw) -> OpenStays:
    rng = np.random.default_rng(1)
    stage = rng.integers(0, len(law.stages), OPEN_SUBJECTS)
    age = rng.gamma(1.5, 20.0, OPEN_SUBJECTS)
    return OpenStays(stage, age, rng.gamma(2.0, 500.0, OPEN_SUBJECTS))


def follow_cohorts(lags: LagKernels) -> float:
    """Wins of a lead of each day, cohort by cohort and lag by lag."""
    entries = np.zeros((lags.days, lags.stages))
    entries[0, 0] = 1.0
    wins = 0.0
    for day in range(lags.days):
        for lag in range(lags.days - day):
            for stage in range(lags.stages):
                entries[day + lag] += entries[day, stage] * lags.offspring[lag, stage]
                wins += float(entries[day, stage] * lags.wins[lag, stage])
    return wins


def milliseconds(work: Callable[[], object], repeats: int = 7) -> float:
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1e3


def kernel_of(law: FunnelLaw) -> object:
    return Renewal(count_lags(law, YEAR.length)).kernel()


def row_of(stages: int) -> str:
    law = law_of(stages)
    stays, goal = stays_in(law), Goal(1e8, confidence=80)
    kernel = milliseconds(partial(kernel_of, law))
    year = milliseconds(partial(solve, law, stays, YEAR, goal))
    two = milliseconds(partial(solve, law, stays, TWO_YEARS, goal))
    start = time.perf_counter()
    follow_cohorts(count_lags(law, YEAR.length))
    loop = (time.perf_counter() - start) * 1e3
    return (
        f"{stages:>6} {kernel:>8.1f} {year:>9.1f} {two:>9.1f} {loop:>8.0f} {loop / kernel:>10.0f}x"
    )


def main() -> None:
    print(f"{OPEN_SUBJECTS:,} open subjects; median of 7 runs, ms; the loop is run once")
    print("stages   kernel  solve 12  solve 24     loop loop/kernel")
    for stages in STAGES:
        print(row_of(stages))


if __name__ == "__main__":
    main()
