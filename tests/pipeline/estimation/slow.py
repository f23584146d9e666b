"""The slow, obvious versions: what stays, rates and chains mean, one subject at a time."""

from itertools import groupby

import numpy as np

from pipeline.estimation import OPEN


def slow_stays(rows, won, as_of):
    """Set of (subject, stage, entered, left, destination) from rows (subject, stage, at)."""
    stays = set()
    for subject, history in groupby(rows, lambda row: row[0]):
        stage = entered = None
        for _, to, at in history:
            if at >= as_of or stage == won:
                break
            if to != stage:
                if stage is not None:
                    stays.add((subject, stage, entered, at, to))
                stage, entered = to, at
        if stage is not None and stage != won:
            stays.add((subject, stage, entered, as_of, OPEN))
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
