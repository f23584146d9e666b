"""A company whose true rates are known: 36 months of leads through three stages.

Leads grow by `growth` a year, and in the last year come at `surge` times the rate.
"""

import numpy as np

from pipeline.estimation import DAY, Moves, StageList

STAGES = StageList.of(("Lead", "Qualified", "Offer"))
ADVANCE = np.array([0.45, 0.55, 0.5])
ADVANCE_DAYS = np.array([25.0, 40.0, 60.0])
LOSE_DAYS = np.array([45.0, 70.0, 90.0])
YEARS = 3
AS_OF = YEARS * 365 * DAY


def simulate(rng, *, leads=4000, growth=0.78, surge=4.0, never_closed=0.0):
    """Moves known in full; estimate them at AS_OF. `never_closed` of the losses are never
    told to the system: those deals stay open for ever."""
    born = _births(rng, leads, growth, surge)
    alive, clock = np.arange(leads), born.copy()
    rows = [(alive, np.zeros(leads, np.int32), clock)]
    for stage in range(3):
        forward = rng.random(len(alive)) < ADVANCE[stage]
        days = np.where(
            forward,
            rng.gamma(2.0, ADVANCE_DAYS[stage] / 2, len(alive)),
            rng.gamma(1.5, LOSE_DAYS[stage] / 1.5, len(alive)),
        )
        clock = clock + days
        told = ~forward & (rng.random(len(alive)) >= never_closed)
        rows.append((alive[told], np.full(told.sum(), STAGES.lost, np.int32), clock[told]))
        alive, clock = alive[forward], clock[forward]
        rows.append((alive, np.full(len(alive), stage + 1, np.int32), clock))
    return _as_moves(rows)


def _births(rng, leads, growth, surge):
    day = np.arange(YEARS * 365)
    rate = (1 + growth) ** (day / 365)
    rate[day >= (YEARS - 1) * 365] = surge * rate[(YEARS - 1) * 365 - 1] if surge else 1.0
    return rng.choice(day, leads, p=rate / rate.sum()) + rng.random(leads)


def _as_moves(rows):
    subject, stage, day = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((day, subject))
    return Moves(subject[order], stage[order], (day[order] * DAY).astype(np.int64))
