"""Large histories of a growing company, with drift, zombies, skips, moves back and re-openings.

python -m bench.histories --changes 1e6            what such a history looks like
python -m bench.histories --changes 1e6 --write    the same in the database of DATABASE_URL, or
                                                   of DATA_DIR, which is migrated first
"""

import argparse
import resource
import sys
import time
from dataclasses import dataclass

import numpy as np

from pipeline.estimation import DAY, Moves, StageList
from pipeline.estimation.arrays import Floats, Ints

STAGES = StageList.of(("Contacted", "Qualified", "Demonstrated", "Proposed", "Negotiated"))
AS_OF = int(np.datetime64("2026-01-01", "us").astype(np.int64))
REST = -1
"""Destination of a deal that stays where it is."""

# One row a stage: odds of going one ahead, two ahead, back and lost, and where each leads to.
# A lost deal rests, or is re-opened.
ODDS = np.array(
    [
        [0.71, 0.04, 0.00, 0.25],
        [0.70, 0.04, 0.06, 0.20],
        [0.70, 0.04, 0.07, 0.19],
        [0.65, 0.02, 0.09, 0.24],
        [0.66, 0.00, 0.08, 0.26],
        [0.00, 0.00, 0.00, 1.00],
        [0.00, 0.00, 0.03, 0.97],
    ]
)
LEADS_TO: Ints = np.array(
    [
        [1, 2, REST, STAGES.lost],
        [2, 3, 0, STAGES.lost],
        [3, 4, 1, STAGES.lost],
        [4, STAGES.won, 2, STAGES.lost],
        [STAGES.won, REST, 3, STAGES.lost],
        [REST, REST, REST, REST],
        [REST, REST, 1, REST],
    ]
)
ADVANCE_DAYS = np.array([4.0, 8.0, 14.0, 20.0, 11.0, 0.0, 150.0])
LOSE_DAYS = np.array([18.0, 30.0, 45.0, 70.0, 50.0, 0.0, 0.0])
DRIFTING_STAGE = 3
DRIFT_YEARS_BEFORE_END = 1.5
LOSS_BY_SIZE = 0.3
LOSS_BY_SOURCE = 0.25
SURGE = 4.0
REVISED = 0.15
KINDS = {"owner": 60, "source": 8, "product": 12, "region": 10}
PILOT = 20_000

Round = tuple[Ints, Ints, Ints]
"""Deal, stage and instant of moves, at most one a deal."""


@dataclass(frozen=True)
class History:
    """Moves known before `as_of`, and what is known of each deal, one row a deal.

    `moves.subject` are the rows of the deals, 0 to n − 1, in order of their opening; `amount`
    float[n] is what a deal is worth now, `first_amount` what it was opened with (the amount is
    revised at the second move, if at all). `customer`, `owner`, `source`, `product` and `region`
    int[n] are codes from 0.
    """

    stages: StageList
    as_of: int
    moves: Moves
    amount: Floats
    first_amount: Floats
    customer: Ints
    owner: Ints
    source: Ints
    product: Ints
    region: Ints

    @property
    def deals(self) -> int:
        return len(self.amount)


@dataclass(frozen=True)
class Course:
    """How a company fares: leads grow by `growth` a year and come at four times the rate in the
    last of `years`; conversion of one stage changes by the share `drift` a year and a half
    before the end; `zombies` of the losses are never told to the system."""

    growth: float = 0.78
    drift: float = -0.25
    zombies: float = 0.3
    years: float = 5.0


def make_history(
    changes: int,
    *,
    seed: int = 1,
    growth: float = 0.78,
    drift: float = -0.25,
    zombies: float = 0.3,
    years: float = 5.0,
) -> History:
    """A history of about `changes` moves; the same for the same arguments."""
    course = Course(growth, drift, zombies, years)
    # How many moves a deal has had by the end depends on the course: a small one tells.
    pilot = _history(np.random.default_rng(seed), PILOT, course)
    deals = max(round(changes * PILOT / len(pilot.moves)), 1)
    return _history(np.random.default_rng(seed), deals, course)


def _history(rng: np.random.Generator, deals: int, course: Course) -> History:
    size = rng.standard_normal(deals)
    amount = np.exp(10.0 + size).round(2)
    revised = np.where(rng.random(deals) < REVISED, rng.uniform(0.6, 1.5, deals), 1.0)
    codes = {kind: rng.integers(0, count, deals) for kind, count in KINDS.items()}
    loss = np.exp(LOSS_BY_SIZE * size + LOSS_BY_SOURCE * (codes["source"] / 3.5 - 1.0))
    return History(
        stages=STAGES,
        as_of=AS_OF,
        moves=_moves(rng, _births(rng, deals, course), loss, course),
        amount=amount,
        first_amount=np.round(amount * revised, 2),
        customer=rng.integers(0, max(deals * 3 // 5, 1), deals),
        **codes,
    )


def _births(rng: np.random.Generator, deals: int, course: Course) -> Ints:
    """int64[n], sorted: when the deals are opened."""
    edge = np.linspace(0.0, course.years, 1001)
    rate = (1.0 + course.growth) ** edge[:-1] * np.where(edge[:-1] < course.years - 1, 1.0, SURGE)
    passed = np.concatenate([[0.0], np.cumsum(rate)])
    years = np.interp(np.sort(rng.random(deals)) * passed[-1], passed, edge)
    return np.asarray(AS_OF - ((course.years - years) * 365.25 * DAY).astype(np.int64))


def _moves(rng: np.random.Generator, born: Ints, loss: Floats, course: Course) -> Moves:
    """Follow all deals at once, one move of each a round, until all rest or time is up."""
    deal, stage, at = np.arange(len(born)), np.zeros(len(born), np.int32), born
    rounds: list[Round] = []
    while len(deal):
        rounds.append((deal, stage, at))
        goes = _destination(rng, stage, at, loss[deal], course)
        at = at + _stay(rng, stage, goes)
        going = (goes != REST) & (at < AS_OF)
        deal, stage, at = deal[going], goes[going].astype(np.int32), at[going]
    return _in_order(rounds, len(born))


def _destination(
    rng: np.random.Generator, stage: Ints, at: Ints, loss: Floats, course: Course
) -> Ints:
    odds = ODDS[stage]
    odds[:, -1] *= loss
    drifted = (stage == DRIFTING_STAGE) & (at >= AS_OF - DRIFT_YEARS_BEFORE_END * 365.25 * DAY)
    odds[drifted, :2] *= 1.0 + course.drift
    upto = np.cumsum(odds, axis=1)
    drawn = rng.random(len(stage)) * upto[:, -1]
    goes: Ints = LEADS_TO[stage, (drawn[:, None] >= upto[:, :-1]).sum(axis=1)]
    untold = (goes == STAGES.lost) & (rng.random(len(stage)) < course.zombies)
    goes[untold] = REST
    return goes


def _stay(rng: np.random.Generator, stage: Ints, goes: Ints) -> Ints:
    """int64[n], at least 1 µs: log-normal before a move, Weibull before a loss."""
    ahead = ADVANCE_DAYS[stage] * np.exp(0.9 * rng.standard_normal(len(stage)))
    given_up = LOSE_DAYS[stage] * rng.weibull(1.2, len(stage))
    return 1 + (np.where(goes == STAGES.lost, given_up, ahead) * DAY).astype(np.int64)


def _in_order(rounds: list[Round], deals: int) -> Moves:
    """Moves by deal and instant. A deal has one row in each round until it rests, so that its
    place is known without sorting."""
    lasted = np.zeros(deals, np.int64)
    for deal, _stage, _at in rounds:
        lasted[deal] += 1
    first = np.cumsum(lasted) - lasted
    stage, at = np.empty(lasted.sum(), np.int32), np.empty(lasted.sum(), np.int64)
    for number, (deal, stage_then, at_then) in enumerate(rounds):
        stage[first[deal] + number], at[first[deal] + number] = stage_then, at_then
    return Moves(np.repeat(np.arange(deals), lasted), stage, at)


def main() -> None:
    asked = _arguments()
    begun = time.perf_counter()
    history = make_history(
        round(asked.changes),
        seed=asked.seed,
        growth=asked.growth,
        drift=asked.drift,
        zombies=asked.zombies,
        years=asked.years,
    )
    print(_summary(history, time.perf_counter() - begun))
    if asked.write:
        from bench.filling import fill_database

        begun = time.perf_counter()
        pipeline = fill_database(history, name=asked.name)
        print(f"written as pipeline {pipeline.pk} in {time.perf_counter() - begun:.1f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.histories")
    parser.add_argument("--changes", type=float, default=1e5, help="stage changes, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--growth", type=float, default=Course.growth, help="of leads, a year")
    parser.add_argument("--drift", type=float, default=Course.drift, help="of one stage's rate")
    parser.add_argument("--zombies", type=float, default=Course.zombies, help="losses never told")
    parser.add_argument("--years", type=float, default=Course.years)
    parser.add_argument("--write", action="store_true", help="write it into the database")
    parser.add_argument("--name", default="Benchmark", help="of the pipeline")
    return parser.parse_args()


def _summary(history: History, taken: float) -> str:
    last = np.append(history.moves.subject[1:] != history.moves.subject[:-1], True)
    ends = np.bincount(history.moves.stage[last], minlength=len(STAGES))
    won, lost = ends[STAGES.won], ends[STAGES.lost]
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return (
        f"{len(history.moves):,} stage changes of {history.deals:,} deals: {won:,} won, "
        f"{lost:,} lost, {history.deals - won - lost:,} open; "
        f"made in {taken:.1f} s with {peak:,.0f} MB at most"
    )


if __name__ == "__main__":
    main()
