"""One step of ``bench.scale`` in a process of its own; prints its seconds and its peak of memory.

python -m bench.scale_step rebuild 1e6
"""

import json
import math
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from pipeline.models import Estimate, Pipeline

MOVES = 1_000
RUNS = 3


def main() -> None:
    step, changes = sys.argv[1:]
    django.setup()
    seconds = STEPS[step](round(float(changes)))
    print(json.dumps({"seconds": seconds, "peak": _peak()}))


def _peak() -> float:
    """MB of memory at most, of this process."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _rebuild(changes: int) -> float:
    from pipeline.models import Pipeline
    from pipeline.services.cube import rebuild

    pipeline = Pipeline.objects.get()
    return _seconds(lambda: rebuild(pipeline))


def _recompute(changes: int) -> float:
    from pipeline.models import Pipeline
    from pipeline.services.estimates import refresh

    pipeline = Pipeline.objects.get()
    # The first after a rebuild may do what is done now and then, not after every change.
    refresh(pipeline)
    return median(_recompute_after_moves(pipeline, seed) for seed in range(RUNS))


def _recompute_after_moves(pipeline: "Pipeline", seed: int) -> float:
    from pipeline.services.estimates import refresh

    move_some(pipeline, seed=seed)
    return _seconds(lambda: refresh(pipeline))


def _idle(changes: int) -> float:
    from core import clock
    from pipeline.models import Pipeline
    from pipeline.services.estimates import refresh

    pipeline = Pipeline.objects.get()
    clock.step(timedelta(minutes=5))
    return _seconds(lambda: refresh(pipeline))


def _check(changes: int) -> float:
    """A rebuild that must come to the rates that the recomputes have come to."""
    from pipeline.models import Pipeline
    from pipeline.services.cube import rebuild
    from pipeline.services.estimates import refresh

    pipeline = Pipeline.objects.get()
    taken = _seconds(lambda: rebuild(pipeline))
    _come_to_the_same(lambda: refresh(pipeline))
    return taken


def _past(changes: int) -> float:
    """An estimate without any kept count, which must come to the same rates."""
    from pipeline.models import Estimate, Pipeline
    from pipeline.services.estimates import refresh

    pipeline, newest = Pipeline.objects.get(), Estimate.objects.newest_first()[0]
    return _come_to_the_same(lambda: refresh(pipeline, as_of=newest.as_of))


def _come_to_the_same(again: "Callable[[], Estimate]") -> float:
    """Seconds of an estimate whose rates must be those of the newest."""
    from pipeline.models import Estimate

    newest = Estimate.objects.newest_first()[0]
    # Else the estimate of the same inputs would be the one that is there.
    Estimate.objects.filter(pk=newest.pk).update(inputs_hash=f"kept aside {newest.pk}")
    begun = time.perf_counter()
    found = again()
    taken = time.perf_counter() - begun
    if found.pk == newest.pk or not _is_close(found.payload["stages"], newest.payload["stages"]):
        raise SystemExit("counting changes and counting everything came to different rates")
    return taken


def _is_close(one: Any, other: Any) -> bool:
    """Equal in all but the rounding of sums that were added up in another order."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_close(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_is_close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)


def _group_by(changes: int) -> float:
    return _query(changes, "SELECT origin, stage, count(*) FROM moves GROUP BY ALL")


def _window(changes: int) -> float:
    following = "lead(stage) OVER (PARTITION BY subject ORDER BY moved) AS following"
    moves = f"SELECT stage, {following} FROM moves"
    return _query(changes, f"SELECT stage, following, count(*) FROM ({moves}) GROUP BY ALL")


def _query(changes: int, query: str) -> float:
    """Seconds of a query over the same rows in DuckDB's memory."""
    import duckdb
    import numpy as np
    import pandas as pd

    from bench.histories import make_history
    from bench.scratch import seconds

    moves = make_history(changes).moves
    origin = np.append(-1, np.where(np.diff(moves.subject) == 0, moves.stage[:-1], -1))
    columns = {"subject": moves.subject, "origin": origin, "stage": moves.stage, "moved": moves.at}
    database = duckdb.connect()
    database.register("given", pd.DataFrame(columns))
    database.execute("CREATE TABLE moves AS SELECT * FROM given")
    return seconds(lambda: database.execute(query).fetchall())


def move_some(pipeline: "Pipeline", *, seed: int, count: int = MOVES) -> None:
    """Move `count` open deals one stage on (the last ones to won), at the business instant,
    which is an hour later afterwards."""
    import random

    from django.db import transaction

    from core import clock
    from pipeline.models import Opportunity, Stage, StageChange

    now = clock.now()
    stages = list(pipeline.stages.filter(is_lost=False).order_by("is_won", "order"))
    following: dict[int, Stage] = {stage.pk: after for stage, after in pairwise(stages)}
    standing = Opportunity.objects.open().filter(pipeline=pipeline, stage_entered_at__lt=now)
    keys = list(standing.order_by("pk").values_list("pk", flat=True))
    chosen = random.Random(seed).sample(keys, min(count, len(keys)))
    deals = list(Opportunity.objects.filter(pk__in=chosen))
    moves = [
        StageChange(
            opportunity=deal,
            pipeline=pipeline,
            from_stage_id=deal.stage_id,
            to_stage=following[deal.stage_id],
            at=now,
        )
        for deal in deals
    ]
    for deal in deals:
        deal.stage, deal.stage_entered_at = following[deal.stage_id], now
        deal.closed_at = None if deal.stage.is_open else now
        deal.version += 1
    with transaction.atomic():
        StageChange.objects.bulk_create(moves)
        Opportunity.objects.bulk_update(
            deals, ["stage", "stage_entered_at", "closed_at", "version"], batch_size=200
        )
    clock.step(timedelta(hours=1))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


STEPS: dict[str, Callable[[int], float]] = {
    "rebuild": _rebuild,
    "recompute": _recompute,
    "idle": _idle,
    "check": _check,
    "past": _past,
    "group_by": _group_by,
    "window": _window,
}


if __name__ == "__main__":
    main()
