"""Companies whose customers climb a ladder: each segment has its own true rates, on the ladder and
of winning those whom it hands over."""

from typing import NamedTuple

import numpy as np

from pipeline.estimation import (
    DAY,
    NEVER,
    Deals,
    Moves,
    StageList,
    estimate_join,
    find_stays,
    join_histories,
)
from pipeline.estimation.segment_wins import wins_by_segment
from pipeline.estimation.segments import rates_by_segment
from tests.pipeline.estimation.histories import SMALL
from tests.pipeline.estimation.simulation import AS_OF, _births

LADDER = StageList.of(("Suspect", "Prospect", "Lead"))
ADVANCE = np.array([0.6, 0.5, 0.7])
WIN = 0.4
DAYS = np.array([20.0, 40.0, 30.0])


class Climbers(NamedTuple):
    """`of_customer` int[n]; advance float[G, 3] the true rates of moving on, the last of which is
    that of opening a deal; win float[G] that of a deal."""

    moves: Moves
    deals: Deals
    of_customer: np.ndarray
    advance: np.ndarray
    win: np.ndarray

    @property
    def success(self):
        """float[G, 3]: P(at least one win) from each stage on."""
        after = self.advance[:, 2] * self.win
        reach = self.advance[:, 0] * self.advance[:, 1], self.advance[:, 1], np.ones(len(after))
        return np.column_stack(reach) * after[:, None]


def climbers(rng, *, customers=3000, segments=20, kappa=20.0):
    """Segments of very different sizes, in a year of fourfold growth; a deal each at most."""
    size = np.exp(rng.uniform(0, np.log(60), segments))
    of_customer = rng.choice(segments, customers, p=size / size.sum())
    advance = rng.beta(ADVANCE * kappa, (1 - ADVANCE) * kappa, (segments, 3))
    win = rng.beta(WIN * kappa, (1 - WIN) * kappa, segments)
    moves, buyer, opened = _climb(rng, advance[of_customer])
    won = rng.random(len(buyer)) < win[of_customer[buyer]]
    at = np.where(won, opened + (rng.gamma(2.0, 45.0, len(buyer)) * DAY).astype(np.int64), NEVER)
    deals = Deals(buyer, opened, np.zeros(len(buyer), np.int32), at)
    return Climbers(moves, deals, of_customer, advance, win)


def _climb(rng, advance):
    """Moves, who opened a deal, and when."""
    clock = _births(rng, len(advance), 0.78, 4.0)
    alive = np.arange(len(advance))
    rows = [(alive, np.zeros(len(alive), np.int32), clock)]
    for stage in range(3):
        forward = rng.random(len(alive)) < advance[alive, stage]
        clock = clock + rng.gamma(2.0, DAYS[stage] / 2, len(alive))
        gone = np.full((~forward).sum(), LADDER.lost, np.int32)
        rows.append((alive[~forward], gone, clock[~forward]))
        alive, clock = alive[forward], clock[forward]
        if stage < 2:
            rows.append((alive, np.full(len(alive), stage + 1, np.int32), clock))
    subject, stage, day = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((day, subject))
    moves = Moves(subject[order], stage[order], (day[order] * DAY).astype(np.int64))
    return moves, alive, (clock * DAY).astype(np.int64)


def rates_of(made, *, segments=20, as_of=AS_OF):
    """Rates of each segment by what was known at `as_of`."""
    joined, handover = join_histories(
        made.moves, LADDER, made.deals, as_of=as_of, pipeline_stages=len(SMALL)
    )
    stays = find_stays(joined, LADDER, as_of=as_of)
    of_entry = made.of_customer[handover.customer]
    join = estimate_join(handover, SMALL)
    after = wins_by_segment(handover, of_entry, segments=segments, join=join)
    segment = made.of_customer[stays.subject]
    return rates_by_segment(stays, segment, segments=segments, after=after)
