"""Estimates with a law that a test has written itself."""

import numpy as np

from pipeline.estimation import AGE_EDGES
from pipeline.models import Estimate

BINS = len(AGE_EDGES) - 1


def write_estimate(pipeline, *, as_of, chances=(), survival=None, ended=100, bins_seen=BINS):
    """``chances`` is a function of the days or a number for each open stage in order; ``survival``
    a function of the days for all of them; ``ended`` stays have ended in each.
    """
    stages = list(pipeline.stages.open().order_by("order"))
    table = [[_chance(of, day) for day in AGE_EDGES[:-1]] for of in chances]
    curve = [1.0] * (BINS + 1) if survival is None else np.vectorize(survival)(AGE_EDGES).tolist()
    return Estimate.objects.create(
        pipeline=pipeline,
        as_of=as_of,
        method={},
        inputs_hash=f"{as_of}",
        subjects=0,
        payload={
            "stages": [_row(stage, ended) for stage in stages],
            "join": None,
        },
        law={
            "rows": [["opportunity", stage.pk] for stage in stages],
            "win_probability": table,
            "bins_seen": [bins_seen] * len(stages),
            "survival": [curve] * len(stages),
        },
    )


def _chance(of, day):
    return float(of(day) if callable(of) else of)


def _row(stage, ended):
    rate = {"rate": 0.3, "low80": 0.25, "high80": 0.35}
    return {
        "stage": stage.pk,
        "name": stage.name,
        "kind": "opportunity",
        "entered": ended + 5,
        "open": 5,
        "success": rate,
        "promotion": rate | {"n_eff": ended},
    }
