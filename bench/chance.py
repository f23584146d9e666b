"""Whether plans are met as often as they say, and how long the questions about one take.

python -m bench.chance [--companies 200]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

import numpy as np

from bench.companies import live
from bench.solve import OPEN_SUBJECTS, YEAR, law_of, milliseconds, stays_in
from planning.engine import FunnelLaw, Goal, OpenStays, solve
from planning.engine.arithmetic import Workings
from planning.engine.law_changes import with_promotions
from planning.engine.monte_carlo import RUNS, monte_carlo
from planning.engine.takes import Standing, what_it_takes

# Standard deviation of the log of the success rate of a new lead, by how many independent
# cases the rate is worth; chances of .4 or so at every one of four stages.
LOG_SD = {200: 0.106, 100: 0.15, 50: 0.209}
WINS = (20, 60, 300)
OPEN = 60


def law_worth(cases: int) -> FunnelLaw:
    sd = LOG_SD[cases] * np.array([1.0, 0.8, 0.6, 0.5])
    return replace(law_of(4), success_log_sd=sd, amount_cv=0.9)


def hits(cases: int, wins: int, deals: int, *, confidence: float, known: bool = False) -> float:
    """How often a plan is met with rates redrawn; `known`: sized as if they were known."""
    law = law_worth(cases)
    believed = replace(law, success_log_sd=np.zeros(4)) if known else law
    every = stays_in(law)
    stays = every.at_rows(np.arange(len(every)) < deals)
    goal = Goal(wins * 1000.0, confidence)
    leads = solve(believed, stays, YEAR, goal).new_leads
    return monte_carlo(law, stays, YEAR, goal, leads, seed=cases + wins + deals).p_target


def print_resimulated() -> None:
    print(f"Plans resimulated with fresh seeds and rates redrawn, {RUNS:,} runs: share met")
    print(f"{'cases':>6}{'wins':>6}{'open':>6}{'P80':>8}{'P90':>8}{'P80, rates as if known':>26}")
    for cases in LOG_SD:
        for wins in WINS:
            for deals in (0, OPEN):
                asked = (hits(cases, wins, deals, confidence=each) for each in (80.0, 90.0))
                bold = hits(cases, wins, deals, confidence=80.0, known=True)
                row = "".join(f"{each:>8.3f}" for each in asked)
                print(f"{cases:>6}{wins:>6}{deals:>6}{row}{bold:>26.3f}")


def print_companies(companies: int) -> None:
    told = [live(seed) for seed in range(companies)]
    hit, bold = (np.mean([getattr(each, name) >= 1 for each in told]) for name in ("hit", "bold"))
    error = np.sqrt(hit * (1 - hit) / companies)
    print(f"\n{companies} simulated companies, rates from three years of their own history")
    print(f"P80 plans met: {hit:.3f} (standard error {error:.3f}); as if known: {bold:.3f}")
    few = np.array([each.wins for each in told])
    for low, high in ((0, 50), (50, 150), (150, np.inf)):
        among = [each.hit >= 1 for each in told if low <= each.wins < high]
        if among:
            print(f"  {low} to {high:g} wins seen: {np.mean(among):.3f} of {len(among)}")
    print(f"  median of wins seen: {np.median(few):.0f}")


def print_times() -> None:
    print(f"\n12 months, {OPEN_SUBJECTS:,} open subjects; median of 7 runs, ms")
    print(f"{'stages':>6}{'solve':>8}{'slider':>8}{'chances':>9}{'takes':>8}{'a cell':>8}")
    for stages in (4, 6, 10):
        print(f"{stages:>6}" + "".join(times_of(stages)))


def times_of(stages: int) -> list[str]:
    law = law_of(stages)
    stays = stays_in(law)
    open_now = solve(law, stays, YEAR, Goal(0.0)).expected
    goal = Goal(2 * open_now, 80.0)
    found = solve(law, stays, YEAR, goal)
    plan = Standing(law, stays, YEAR, goal, found.new_leads * 0.8)
    chances = partial(monte_carlo, law, stays, YEAR, goal, found.new_leads, seed=1)
    taken = [
        milliseconds(partial(solve, law, stays, YEAR, goal)),
        milliseconds(partial(slide, law, stays, goal)),
        milliseconds(chances),
        milliseconds(partial(what_it_takes, plan), repeats=3),
        milliseconds(lambda: Workings.of(law, stays, YEAR, goal, found).entries(1, 5)),
    ]
    return [f"{ms:>{width}.0f}" for ms, width in zip(taken, (8, 8, 9, 8, 8), strict=True)]


def slide(law: FunnelLaw, stays: OpenStays, goal: Goal) -> object:
    changed = with_promotions(law, np.full(len(law.stages), 1.1))
    return solve(changed, stays, YEAR, goal)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.chance")
    parser.add_argument("--companies", type=int, default=200)
    companies = parser.parse_args().companies
    print_resimulated()
    print_companies(companies)
    print_times()


if __name__ == "__main__":
    main()
