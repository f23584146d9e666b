"""Which customers a ladder handed over to a pipeline, and which deals came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import DAY, age_bin_between
from pipeline.estimation.moves import Moves, standing_rows
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import find_stays

NEVER = np.iinfo(np.int64).max
"""Instant of a win that has not happened."""

NOBODY = -1
"""Customer of a deal that has none."""

MONTH_DAYS = 365.25 / 12
RECENT_DAYS = 365


@dataclass(frozen=True)
class Deals:
    """One row a deal: customer int64[n] (NOBODY where it has none), opened int64[n] in
    microseconds, first_stage int[n] in the pipeline's stages, won int64[n] (or NEVER)."""

    customer: Ints
    opened: Ints
    first_stage: Ints
    won: Ints

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def join(cls, parts: "Sequence[Deals]") -> "Deals":
        columns = zip(*((p.customer, p.opened, p.first_stage, p.won) for p in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def is_repeat(self) -> Bools:
        """bool[n]: deals opened after their customer's first win, the base and not the join."""
        customer, member = np.unique(self.customer, return_inverse=True)
        first_win = np.full(len(customer), NEVER, np.int64)
        np.minimum.at(first_win, member, self.won)
        return np.asarray((self.opened > first_win[member]) & (self.customer != NOBODY))

    def at_rows(self, rows: Bools | Ints) -> "Deals":
        parts = (self.customer, self.opened, self.first_stage, self.won)
        return Deals(*(part[rows] for part in parts))


@dataclass(frozen=True)
class Handover:
    """The customers handed over by ladder stage `stage`, and the deals that came of it.

    customer, entered, first_win: one row an entry into that stage (first_win NEVER where none
    came); deals, deal_age (bin): one row a deal, its age counted from the latest entry before
    it; direct_by_stage float[K]: deals a month, by their first stage, of customers who came to
    the pipeline without a ladder history.
    """

    stage: int
    as_of: int
    customer: Ints
    entered: Ints
    first_win: Ints
    deals: Deals
    deal_age: Ints
    direct_by_stage: Floats


def deals_of(moves: Moves, stages: StageList, customer: Ints) -> Deals:
    """Deals of a pipeline's moves; `customer` int64[n] is one a move.

    Won is what was not left again: only a deal's last move can be its win.
    """
    rows = standing_rows(moves, stages)
    subject, stage, at = moves.subject[rows], moves.stage[rows], moves.at[rows]
    first, last = np.ones(len(rows), bool), np.ones(len(rows), bool)
    first[1:] = subject[1:] != subject[:-1]
    last[:-1] = first[1:]
    won = np.where(stage[last] == stages.won, at[last], NEVER)
    return Deals(customer[rows][first], at[first], stage[first], won)


def starts_per_month(first_stage: Ints, at: Ints, *, as_of: int, stages: int) -> Floats:
    """float[K]: subjects a month that begin in each stage, over the last year at most."""
    if not len(at):
        return np.zeros(stages)
    begin = max(int(at.min()), as_of - RECENT_DAYS * DAY)
    recent = (at >= begin) & (at < as_of)
    return np.bincount(first_stage[recent], minlength=stages) / months_between(begin, as_of)


def months_between(begin: int, as_of: int) -> float:
    """Months to divide by, one at least."""
    return max((as_of - begin) / DAY / MONTH_DAYS, 1.0)


def join_histories(
    ladder: Moves,
    ladder_stages: StageList,
    deals: Deals,
    *,
    as_of: int,
    pipeline_stages: int,
) -> tuple[Moves, Handover]:
    """The ladder's moves as the funnel sees them, and the handover.

    In `ladder_stages` the last open stage hands over, and `won` stands for every stage
    beyond it. In the moves given back, a customer's first deal is a move to `won`, and one
    who passes the handing-over stage by is in it for that instant. Deals of customers who
    have bought before are the base and left out; customers whose first deal is not younger
    than their ladder history are direct.
    """
    stage = int(ladder_stages.open[-1])
    known = ladder.before(as_of)
    new = _without_base(deals.at_rows(deals.opened < as_of))
    is_direct = _is_direct(known, new)
    direct = new.at_rows(is_direct)
    led = new.at_rows(~is_direct)
    on_ladder = known.at_rows(~np.isin(known.subject, direct.customer))
    joined = _with_first_deals(on_ladder, ladder_stages, stage, led)
    monthly = starts_per_month(
        direct.first_stage, direct.opened, as_of=as_of, stages=pipeline_stages
    )
    return joined, _handover(joined, ladder_stages, led, monthly, as_of)


def _without_base(deals: Deals) -> Deals:
    order = np.lexsort((deals.opened, deals.customer))
    return deals.at_rows(order[~deals.is_repeat()[order]])


def _is_direct(ladder: Moves, deals: Deals) -> Bools:
    customer, first = np.unique(ladder.subject, return_index=True)
    buyer, earliest = np.unique(deals.customer, return_index=True)
    history = np.full(len(buyer), NEVER, np.int64)
    _, at_buyer, at_customer = np.intersect1d(buyer, customer, return_indices=True)
    history[at_buyer] = ladder.at[first[at_customer]]
    late = history >= deals.opened[earliest]
    late[buyer == NOBODY] = True
    return np.asarray(late[np.searchsorted(buyer, deals.customer)])


def _with_first_deals(ladder: Moves, stages: StageList, stage: int, deals: Deals) -> Moves:
    buyer, first = np.unique(deals.customer, return_index=True)
    opening = np.full(len(buyer), stages.won, ladder.stage.dtype)
    # At the same instant a ladder move stays before the deal, which is appended.
    merged = Moves.sort(
        np.concatenate([ladder.subject, buyer]),
        np.concatenate([ladder.stage, opening]),
        np.concatenate([ladder.at, deals.opened[first]]),
    )
    before = np.full(len(merged), -1)
    before[1:] = np.where(merged.subject[1:] == merged.subject[:-1], merged.stage[:-1], -1)
    passed = (merged.stage == stages.won) & (before != stage) & (before != stages.won)
    rows = np.repeat(np.arange(len(merged)), 1 + passed)
    stage_of = merged.stage[rows]
    stage_of[np.flatnonzero(passed) + np.arange(int(passed.sum()))] = stage
    return _until_won(Moves(merged.subject[rows], stage_of, merged.at[rows]), stages)


def _until_won(moves: Moves, stages: StageList) -> Moves:
    """Without what follows a first deal, which no later step of the customer takes back."""
    won = moves.stage == stages.won
    wins_before: Ints = np.cumsum(won) - won
    first = np.ones(len(moves), bool)
    first[1:] = moves.subject[1:] != moves.subject[:-1]
    at_first: Ints = wins_before[first]
    return moves.at_rows(np.asarray(wins_before == at_first[np.cumsum(first) - 1]))


def _handover(
    joined: Moves, stages: StageList, deals: Deals, direct: Floats, as_of: int
) -> Handover:
    stage = int(stages.open[-1])
    stays = find_stays(joined, stages, as_of=as_of)
    there = stays.stage == stage
    customer, entered = stays.subject[there], stays.entered[there]
    latest = _latest_entry(customer, entered, deals)
    return Handover(
        stage=stage,
        as_of=as_of,
        customer=customer,
        entered=entered,
        first_win=_first_win_of(customer, deals),
        deals=deals,
        deal_age=age_bin_between(entered[latest], deals.opened),
        direct_by_stage=direct,
    )


def _latest_entry(customer: Ints, entered: Ints, deals: Deals) -> Ints:
    both = np.concatenate([customer, deals.customer])
    when = np.concatenate([entered, deals.opened])
    is_deal = np.arange(len(both)) >= len(customer)
    order = np.lexsort((is_deal, when, both))
    place = np.maximum.accumulate(np.where(is_deal[order], -1, order))
    latest = np.empty(len(both), np.intp)
    latest[order] = place
    return latest[len(customer) :]


def _first_win_of(customer: Ints, deals: Deals) -> Ints:
    buyer, first = np.unique(deals.customer, return_index=True)
    if not len(buyer):
        return np.full(len(customer), NEVER, np.int64)
    win = np.minimum.reduceat(deals.won, first)
    place = np.minimum(np.searchsorted(buyer, customer), len(buyer) - 1)
    return np.where(buyer[place] == customer, win[place], NEVER)
