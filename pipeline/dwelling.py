"""How long stays in a stage last and where they go: the curves behind its rates."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.estimation import AGE_EDGES, Rates, rates_of_margins
from pipeline.estimation.arrays import Floats
from pipeline.estimation.dwell import dwell_quantile, quantile_of_rise
from pipeline.estimation.estimate import information
from pipeline.estimation.intervals import success_band
from pipeline.models import Estimate
from pipeline.readings import FunnelPart, plain

QUANTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9}


@dataclass(frozen=True)
class Dwell:
    """One stage's stays: edges float[n] in days, and at each of them the parts of all stays that
    have advanced, moved back, were lost, and are still there, float[n] each, adding to one."""

    edges: Floats
    advanced: Floats
    moved_back: Floats
    lost: Floats
    still: Floats


def dwell_document(part: FunnelPart, place: int, estimate: Estimate) -> dict[str, Any]:
    """The documented shape of a stage's dwell, at the level of ``estimate``."""
    rates = rates_of_margins(part.margins, half_life_days=half_life_of(estimate))
    curves, survival = dwell_curves(part, place, rates), rates.estimate.survival[place]
    return {
        "pipeline": estimate.pipeline_id,
        "stage": part.rows[place].pk,
        "name": part.name_at(place),
        "kind": part.kind,
        "as_of": part.as_of.isoformat(),
        "half_life_days": half_life_of(estimate),
        "entered": part.entered[place],
        "edges": [round(float(edge), 3) for edge in curves.edges],
        "advanced": _rounded(curves.advanced),
        "moved_back": _rounded(curves.moved_back),
        "lost": _rounded(curves.lost),
        "still": _rounded(curves.still),
        "unresolved": plain(survival[-1]),
        "days": {name: dwell_quantile(survival, share) for name, share in QUANTILES.items()},
        "days_of_leavers": {
            name: days_of_leavers(survival, share) for name, share in QUANTILES.items()
        },
        "destinations": destinations(part, place, rates),
    }


def half_life_of(estimate: Estimate) -> float | None:
    days = estimate.method.get("half_life_days")
    return None if days is None else float(days)


def dwell_curves(part: FunnelPart, place: int, rates: Rates) -> Dwell:
    """Up to the oldest age at which anybody was seen."""
    stages, found = part.stages, rates.estimate
    bins = max(int(found.bins_seen()[place]), 1)
    gone = np.cumsum(found.increments[place][:, :bins], axis=-1)
    onward, back = stages.forward(place), stages.backward(place)
    parts = [gone[onward].sum(axis=0), gone[back].sum(axis=0), gone[stages.lost]]
    advanced, moved_back, lost = (np.concatenate([[0.0], each]) for each in parts)
    return Dwell(
        AGE_EDGES[: bins + 1], advanced, moved_back, lost, found.survival[place, : bins + 1]
    )


def days_of_leavers(survival: Floats, share: float) -> float | None:
    """Days by which ``share`` of those that ever leave have left; None where nobody does."""
    ended = 1.0 - survival
    return quantile_of_rise(ended, share * ended[-1]) if ended[-1] > 0 else None


def destinations(part: FunnelPart, place: int, rates: Rates) -> list[dict[str, Any]]:
    """Where stays go, the most frequent first: how many did, and which part of all will.

    Bands hold four times of five, by leaving out one bucket of deals at a time.
    """
    whole = part.margins.calendar.total()
    count = whole.events[place].sum(axis=-1)
    share = rates.replicates.reached[:, place]
    told = np.full(len(count), information(whole, rates.estimate)[place])
    low, high = success_band(share[0], share[1:], told, 0.8)
    order = sorted(np.flatnonzero(count).tolist(), key=lambda to: -count[to])
    return [
        {
            "stage": part.id_at(to),
            "name": part.name_at(to),
            "outcome": "won" if to == part.stages.won else part.direction(place, to),
            "count": round(float(count[to])),
            "share": plain(share[0, to]),
            "low80": plain(low[to]),
            "high80": plain(high[to]),
        }
        for to in order
    ]


def _rounded(curve: Floats) -> list[float]:
    return [round(float(value), 6) for value in curve]
