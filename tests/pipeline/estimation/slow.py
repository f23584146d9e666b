"""The slow, obvious versions: what stays, rates and chains mean, one subject at a time."""

from itertools import groupby, pairwise

import numpy as np

from pipeline.estimation import OPEN


def slow_stays(rows, won, as_of):
    """Set of (subject, stage, entered, left, destination) from rows (subject, stage, at).

    A win that is left again is taken back, as if nobody had told it.
    """
    stays = set()
    for subject, history in groupby(rows, lambda row: row[0]):
        path = []
        for _, to, at in history:
            if at >= as_of:
                break
            if path and path[-1][0] == won != to:
                path.pop()
            if not path or path[-1][0] != to:
                path.append((to, at))
        for (stage, entered), (to, left) in pairwise([*path, (OPEN, as_of)]):
            if stage != won:
                stays.add((subject, stage, entered, left, to))
    return stays


def slow_aalen_johansen(stays, destinations, bins, half_censoring=True):
    """CIF by destination (lists over bins) and survival, from (age bin, destination) pairs."""
    survival, cif = 1.0, dict.fromkeys(destinations, 0.0)
    curves, lasting = {k: [] for k in destinations}, [1.0]
    for a in range(bins):
        at_risk = sum(age >= a for age, _ in stays)
        if half_censoring:
            at_risk -= sum(age == a and to == OPEN for age, to in stays) / 2
        before = survival
        for k in destinations:
            moved = sum(age == a and to == k for age, to in stays)
            hazard = moved / at_risk if at_risk > 0 else 0.0
            cif[k] += before * hazard
            survival -= before * hazard
            curves[k].append(cif[k])
        lasting.append(survival)
    return curves, lasting


def closed_only(stays, stage):
    """The ratio everybody uses: advanced among those that have left."""
    here = stays.stage == stage
    left = here & (stays.destination != OPEN)
    return _advanced(stays, stage, here).sum() / max(left.sum(), 1)


def advanced_per_entered(stays, stage):
    """The other ratio everybody uses: advanced among all that came in."""
    here = stays.stage == stage
    return _advanced(stays, stage, here).sum() / max(here.sum(), 1)


def _advanced(stays, stage, here):
    ahead = stays.stages.forward(stage)
    return here & (stays.destination != OPEN) & ahead[np.maximum(stays.destination, 0)]
