"""The stays of all deals of a pipeline in memory at once, for what cannot be counted in parts."""

from dataclasses import dataclass, fields
from datetime import datetime
from math import ceil

import numpy as np

from pipeline.among import EVERY, Among
from pipeline.counting import opened_deals, read_in_parts
from pipeline.estimation import Deals, Stays, Wins, find_stays
from pipeline.estimation.arrays import Floats, Ints
from pipeline.histories import DealHistory, microseconds, read_deals
from pipeline.models import Pipeline, Stage, StageChange
from pipeline.segmentation import Segmentation

MOST_MOVES = 2_000_000
"""Stays of segments are held in memory together; of longer histories a fair sample is taken."""


@dataclass(frozen=True)
class DealStays:
    """The stays of one deal in ``one_in``: deal int64[n], sorted; amount float[n], NaN where
    unknown. ``rows`` are the stages in the order of ``stays.stages``; ``opened`` is who opened
    each deal."""

    rows: tuple[Stage, ...]
    stays: Stays
    deal: Ints
    amount: Floats
    undated: int
    opened: Deals
    one_in: int

    @property
    def among(self) -> Among:
        return Among(every=self.one_in) if self.one_in > 1 else EVERY

    def segment_of(self, found: Segmentation) -> Ints:
        """int[m]: the segment of each stay, -1 for none."""
        return found.code[np.searchsorted(self.deal, self.stays.subject)]


def read_stays(pipeline: Pipeline, *, as_of: datetime) -> DealStays:
    """All stays known at ``as_of``; of one deal in so many where there are too many."""
    moves = StageChange.objects.filter(pipeline=pipeline).count()
    one_in = max(ceil(moves / MOST_MOVES), 1)
    if one_in > 1:
        parts = iter([read_deals(pipeline, as_of=as_of, among=Among(every=one_in))])
    else:
        parts = read_in_parts(pipeline, as_of=as_of)
    found, stays = [], []
    for history in parts:
        found.append(_without_moves(history))
        stays.append(_stays_of(history, as_of))
    return DealStays(
        found[0].rows,
        _joined(stays),
        np.concatenate([part.subject for part in found]),
        np.concatenate([part.amount for part in found]),
        sum(part.undated for part in found),
        Deals.join([part.opened for part in found]),
        one_in,
    )


@dataclass(frozen=True)
class _Deals:
    rows: tuple[Stage, ...]
    subject: Ints
    amount: Floats
    undated: int
    opened: Deals


def _without_moves(history: DealHistory) -> _Deals:
    opened = opened_deals(history)
    return _Deals(history.rows, history.subject, history.amount, history.undated, opened)


def _stays_of(history: DealHistory, as_of: datetime) -> Stays:
    return find_stays(
        history.moves,
        history.stages,
        as_of=microseconds(as_of),
        amount=history.amount_per_move,
        watched_until=history.watched_until,
    )


def _joined(parts: list[Stays]) -> Stays:
    columns = [
        field.name for field in fields(Stays) if field.name not in ("stages", "as_of", "wins")
    ]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    wins = {
        field.name: np.concatenate([getattr(part.wins, field.name) for part in parts])
        for field in fields(Wins)
    }
    return Stays(parts[0].stages, parts[0].as_of, **joined, wins=Wins(**wins))
