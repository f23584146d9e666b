"""Small funnels for the engine's tests: gamma dwell times, with skips and moves back."""

from dataclasses import replace

import numpy as np
from scipy import stats

from planning.engine import FunnelLaw, OpenStays

DWELL_SHAPE = 1.5


def age_edges(longest=1500.0):
    edges = [float(day) for day in range(29)]
    while edges[-1] < longest:
        edges.append(edges[-1] * 1.1)
    return np.array(edges)


def funnel(
    *, forward=0.5, skip=0.1, back=0.05, win=0.4, stages=4, mean_dwell=20.0, edges=None, **over
):
    edges = age_edges() if edges is None else edges
    cdf = stats.gamma.cdf(edges, DWELL_SHAPE, scale=mean_dwell / DWELL_SHAPE)
    shape = np.diff(cdf)
    offspring = np.zeros((stages, stages, shape.size))
    for stage in range(stages):
        for target, rate in ((stage + 1, forward), (stage + 2, skip), (stage - 1, back)):
            if 0 <= target < stages:
                offspring[stage, target] = rate * shape
    wins = np.zeros((stages, shape.size))
    wins[-1] = win * shape
    fields = {
        "stages": tuple(f"stage {number}" for number in range(stages)),
        "edges": edges,
        "offspring": offspring,
        "wins": wins,
        "survival": np.tile(1 - cdf, (stages, 1)),
        "amount_per_win": 1000.0,
        "success_log_sd": np.linspace(0.15, 0.05, stages),
        "amount_cv": 0.8,
    }
    return FunnelLaw(**(fields | over))


def with_value_law(law, *, ratio=0.8, mean_amount=1500.0):
    """The same funnel, in which money is won at `ratio` of the rate of deals."""
    return replace(
        law,
        value_offspring=law.offspring,
        value_wins=law.wins * ratio,
        mean_amount=mean_amount,
    )


def open_stays(law, count=300, seed=7, mean_age=25.0):
    rng = np.random.default_rng(seed)
    stage = rng.integers(0, len(law.stages), count)
    amount = np.where(
        (stage >= len(law.stages) // 2) & (rng.random(count) < 0.8),
        rng.gamma(2.0, 500.0, count),
        np.nan,
    )
    return OpenStays(stage, rng.gamma(1.5, mean_age / 1.5, count), amount)
