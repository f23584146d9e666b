"""What customers on a ladder add to the counts that its rates and its join are made of.

The same two margins as for deals. Beside the stays of the ladder they count, as if they were
stages of their own, the handovers: each entry into the handing-over stage, in observation until
today; the same waiting for a first win; and the deals that came of them. All three are sums over
customers, and nothing in them changes by time passing alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_BINS, age_bin_between
from pipeline.estimation.cells import Cells
from pipeline.estimation.handover import NEVER, Deals, Handover, deals_of, join_histories
from pipeline.estimation.join import JoinCounts
from pipeline.estimation.margins import NEW, Ended, Margins, ended_stays, kept_cells, openings
from pipeline.estimation.months import MonthOf
from pipeline.estimation.moves import Moves
from pipeline.estimation.stages import StageList
from pipeline.estimation.standing import Standing, standing_stays
from pipeline.estimation.stays import BUCKETS, OPEN, find_stays

HANDED, WAITING, LED = -2, -3, -4
"""In place of a ladder stage: an entry into the handing-over stage, for as long as it is observed;
the same until its first win; a deal that came of it, with its first stage as destination, its
opening as the month and the time since the handover as age."""

WON = 0
"""Destination of an entry that has brought a win."""


@dataclass(frozen=True)
class Climbed:
    """What some customers add: customer int64[n], sorted, are all that have moved on the ladder;
    `begun` has a row for each whom the funnel sees there, as if it were a deal of itself."""

    customer: Ints
    begun: Deals
    ended: Ended
    standing: Standing


@dataclass(frozen=True)
class ClimbMargins:
    """All that the rates of a ladder and of its join are made of, as known at `as_of`.

    Cells and `recent` as in Margins, with the codes above among the stages; `first` is the
    instant of the first move that the funnel sees.
    """

    stages: StageList
    as_of: int
    kept_by_month: Cells
    kept_by_bucket: Cells
    recent: Standing
    first: int | None
    month_of: MonthOf

    @cached_property
    def ladder(self) -> Margins:
        """The ladder's own stays."""
        return self._margins(own=True)

    @property
    def customers(self) -> int:
        """Those whom the funnel sees on the ladder."""
        return round(float(self.ladder.begun(NEW).sums[:, 0].sum()))

    def join_counts(self, deals: Margins) -> JoinCounts:
        """`deals` are the counts of the pipeline that the ladder leads to."""
        cells = self._margins(own=False).by_bucket
        return JoinCounts(
            stage=int(self.stages.open[-1]),
            observed=_ages(cells, HANDED, OPEN),
            waiting=_ages(cells, WAITING, OPEN),
            wins=_ages(cells, WAITING, WON),
            opened=np.stack(
                [_ages(cells, LED, stage) for stage in range(len(deals.stages))], axis=1
            ),
            direct=deals.per_month(self._direct(deals.begun(NEW))),
        )

    def _direct(self, begun: Cells) -> Cells:
        """Deals of new customers by month, without those that came of a handover."""
        led = self.kept_by_month.at_rows(self.kept_by_month.keys[:, 1] == LED)
        month, _led, first_stage, _age = led.keys.T
        nothing = np.zeros(len(led), np.int64)
        keys = np.column_stack([month, first_stage, nothing + NEW, nothing])
        return Cells.add([begun, -Cells(keys, led.sums)])

    def _margins(self, *, own: bool) -> Margins:
        by_month, by_bucket = (
            kept.at_rows((kept.keys[:, 1] >= 0) == own)
            for kept in (self.kept_by_month, self.kept_by_bucket)
        )
        recent = self.recent.at_rows((self.recent.stage >= 0) == own)
        return Margins(
            self.stages, self.as_of, by_month, by_bucket, recent, self.first, self.month_of
        )


def count_climb(
    moves: Moves,
    stages: StageList,
    deals: Deals,
    *,
    as_of: int,
    pipeline_stages: int,
    watched_until: Callable[[Ints], Ints],
    month_of: MonthOf,
) -> Climbed:
    """What the customers of `moves` add; `deals` holds all deals of theirs, and may hold others.

    `watched_until` gives the instant from which nobody looks at each of some customers.
    """
    joined, handover = join_histories(
        moves, stages, deals, as_of=as_of, pipeline_stages=pipeline_stages
    )
    stays = find_stays(joined, stages, as_of=as_of, watched_until=watched_until(joined.subject))
    handed = _still(handover, HANDED)
    return Climbed(
        np.unique(moves.subject),
        deals_of(joined, stages, joined.subject),
        Ended.join(
            [ended_stays(stays, month_of), _won(handover, month_of), _led(handover, month_of)]
        ),
        Standing.join(
            [standing_stays(stays), handed, _still(handover, WAITING).at_rows(~_has_won(handover))]
        ),
    )


def climb_cells(climbed: Climbed, month_of: MonthOf) -> tuple[Cells, Cells]:
    """What is kept of some customers: cells by month, and by bucket."""
    by_month, by_bucket = kept_cells(climbed.ended, climbed.standing, month_of)
    begun = openings(climbed.begun, np.zeros(len(climbed.begun), bool), month_of)
    return Cells.add([by_month, begun]), by_bucket


def _has_won(handover: Handover) -> Bools:
    return np.asarray(handover.first_win != NEVER)


def _still(handover: Handover, stage: int) -> Standing:
    """Every entry, as if it stood in `stage` since."""
    nothing = np.full(len(handover.entered), np.nan)
    stages = np.full(len(handover.entered), stage, np.int64)
    return Standing(handover.customer, stages, handover.entered, nothing)


def _won(handover: Handover, month_of: MonthOf) -> Ended:
    won = _has_won(handover)
    entered = handover.entered[won]
    age = age_bin_between(entered, handover.first_win[won])
    return _ended(handover.customer[won], WAITING, np.full(len(age), WON), month_of(entered), age)


def _led(handover: Handover, month_of: MonthOf) -> Ended:
    deals = handover.deals
    month = month_of(deals.opened)
    return _ended(deals.customer, LED, deals.first_stage, month, handover.deal_age)


def _ended(subject: Ints, stage: int, destination: Ints, month: Ints, age: Ints) -> Ended:
    rows = len(subject)
    stages, nothing = np.full(rows, stage, np.int64), np.full(rows, np.nan)
    return Ended(subject, stages, destination, month, age, nothing, np.zeros(rows, bool))


def _ages(cells: Cells, stage: int, destination: int) -> Floats:
    """float[64, A]."""
    rows = (cells.keys[:, 1] == stage) & (cells.keys[:, 2] == destination)
    bucket, age = cells.keys[rows, 0], cells.keys[rows, 3]
    table = np.zeros((BUCKETS, AGE_BINS))
    np.add.at(table, (bucket, age), cells.sums[rows, 0])
    return table
