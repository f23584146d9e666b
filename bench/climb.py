"""What a recompute costs where many customers climb the ladder that leads to a pipeline.

python -m bench.climb [customers]      by default 3e5, or BENCH_CUSTOMERS; about 1e6 moves

On SQLite, or on the server of DATABASE_URL. A third of the customers have deals.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from bench.filling import fill_database
from bench.histories import AS_OF, History, make_history
from bench.scratch import scratch_database, table
from pipeline.estimation import DAY, Moves
from pipeline.estimation.arrays import Ints

if TYPE_CHECKING:
    from pipeline.models import Pipeline

STEPS = (("Suspect", False), ("Lead", False), ("Contacted", False), ("Prospect", True))
GIVEN_UP = len(STEPS)
RISES = 0.78
STAY_DAYS = 45.0
YEARS = 5.0
CHANGED = 1_000
CHANGES_PER_CUSTOMER = 2.6
"""Stage changes of deals, as many as give a third of the customers a deal."""


def climbs(customers: int, *, seed: int = 1) -> Moves:
    """Moves of customers 0 to n − 1: each goes on a step with the odds of `RISES`, or is given
    up, after 45 days on average."""
    rng = np.random.default_rng(seed)
    who, stage = np.arange(customers), np.zeros(customers, np.int32)
    at = AS_OF - (rng.random(customers) * YEARS * 365.25 * DAY).astype(np.int64)
    rounds = []
    while len(who):
        rounds.append((who, stage, at))
        rises = rng.random(len(who)) < RISES
        at = at + 1 + (rng.exponential(STAY_DAYS, len(who)) * DAY).astype(np.int64)
        going = (stage < len(STEPS) - 1) & (at < AS_OF)
        stage = np.where(rises, stage + 1, GIVEN_UP).astype(np.int32)
        who, stage, at = who[going], stage[going], at[going]
    return Moves.sort(*(np.concatenate(column) for column in zip(*rounds, strict=True)))


def write_ladder(pipeline: "Pipeline", moves: Moves) -> Ints:
    """Let the customers there are, and as many new ones as it takes, make `moves` on a new
    ladder that leads to the pipeline; int64[n]: their keys."""
    from bench.bulk import analyze, write_rows
    from crm.models import Customer, Ladder, LifecycleChange

    ladder = Ladder.objects.create(name="Climb")
    steps = [
        ladder.stages.create(name=name, order=order, part="nurturing", hands_over=hands_over).pk
        for order, (name, hands_over) in enumerate(STEPS)
    ]
    steps.append(ladder.stages.create(name="Given up", order=9, part="nurturing", is_lost=True).pk)
    pipeline.ladder = ladder
    pipeline.save()
    known = np.array(Customer.objects.order_by("pk").values_list("pk", flat=True), np.int64)
    missing = int(moves.subject.max()) + 1 - len(known)
    names = np.char.add("Customer of a ladder ", np.arange(missing).astype(str)).astype(object)
    begun = moves.at[np.unique(moves.subject, return_index=True)[1]][len(known) :]
    first = write_rows(Customer, {"name": names, "created_at": begun})
    keys = np.concatenate([known, first + np.arange(missing)])
    columns = {"customer": keys[moves.subject], "to_stage": np.array(steps)[moves.stage]}
    write_rows(LifecycleChange, columns | {"at": moves.at, "ladder": ladder.pk})
    analyze()
    return keys


def climb_some(pipeline: "Pipeline", keys: Ints, *, seed: int) -> None:
    """Move `CHANGED` customers to the second step at the business instant, which is an hour
    later afterwards."""
    from core import clock
    from crm.models import LifecycleChange

    chosen = np.random.default_rng(seed).choice(keys, CHANGED, replace=False)
    assert pipeline.ladder is not None
    step = pipeline.ladder.stages.get(name="Lead")
    rows = [
        LifecycleChange(customer_id=key, ladder=pipeline.ladder, to_stage=step, at=clock.now())
        for key in chosen.tolist()
    ]
    LifecycleChange.objects.bulk_create(rows)
    clock.step(timedelta(hours=1))


def main() -> int:
    asked = [*sys.argv[1:], os.environ.get("BENCH_CUSTOMERS", "3e5")][0]
    customers = round(float(asked))
    with scratch_database() as vendor:
        _measure(vendor, customers, make_history(round(customers * CHANGES_PER_CUSTOMER)))
    return 0


def _measure(vendor: str, customers: int, history: History) -> None:
    from bench.scale_step import move_some
    from core import clock
    from pipeline.services.cube import rebuild
    from pipeline.services.estimates import refresh

    pipeline, moves, seeds = fill_database(history, name="Climb"), climbs(customers), count()
    keys = write_ladder(pipeline, moves)
    clock.step(timedelta(hours=1))

    def taken(work: Callable[[], object]) -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    def after(change: Callable[[], object]) -> float:
        change()
        return taken(lambda: refresh(pipeline))

    costs = {"rebuild from all of history": taken(lambda: rebuild(pipeline))}
    refresh(pipeline)
    costs |= {
        f"recompute after {CHANGED:,} moves of customers": min(
            after(lambda: climb_some(pipeline, keys, seed=next(seeds))) for _ in range(3)
        ),
        f"recompute after {CHANGED:,} moves of deals": min(
            after(lambda: move_some(pipeline, seed=next(seeds))) for _ in range(3)
        ),
        "recompute after none": after(lambda: clock.step(timedelta(minutes=5))),
        "from the history itself, as for the past": taken(
            lambda: refresh(pipeline, as_of=clock.now() - timedelta(minutes=1))
        ),
    }
    print(f"{vendor}: {customers:,} customers, {len(moves):,} moves on the ladder, ")
    print(f"{history.deals:,} deals; asked for on PostgreSQL: recompute after 1,000 in 1 s or less")
    table(("step", "seconds"), [(step, f"{cost:.3f}") for step, cost in costs.items()])


if __name__ == "__main__":
    sys.exit(main())
