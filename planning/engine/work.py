"""Who is to be served and by whom: what the overload queue is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine.kernels import count_lags, money_lags
from planning.engine.law import Floats, FunnelLaw, Ints, OpenStays
from planning.engine.occupancy import half_a_day_later, lasting, still_there
from planning.engine.open_pipeline import first_moves, group
from planning.engine.queueing import QueueInput
from planning.engine.simulate import arrivals
from planning.engine.window import PlanWindow


@dataclass(frozen=True, eq=False)
class LeadStream:
    """Leads that behave alike, from a source of their own or all there are.

    stays: those of them open at `as_of`, all of which somebody already works on; leads:
    float[M], new ones a month; before: float[S], entries a month until the window begins.
    """

    law: FunnelLaw
    stays: OpenStays
    leads: Floats
    before: Floats | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """What the stages ask of R roles, and what these have.

    per_entry: float[R, S], hours for each subject that enters a stage; where several roles
        have a part in a stage, a subject is served once all of them have the time.
    hours: float[R, M] to be had in a whole month, spread evenly over its days (the law knows no
        weekends either: dwell times contain them), those of the first also until the window
        begins; or float[R, D] by day after `as_of`.
    per_month: float[R, S], hours a month for each subject that was served and is still in its
        stage; they come off the hours first.
    """

    per_entry: Floats
    hours: Floats
    per_month: Floats | None = None

    def by_day(self, window: PlanWindow) -> Floats:
        """float[R, D]. Raises ValueError where the hours are of another window."""
        if self.hours.shape[1] == window.horizon:
            return self.hours
        if self.hours.shape[1] != window.months:
            raise ValueError("hours are given by month of the window or by day after as_of")
        month = _month_of_day(window)
        return np.asarray(self.hours[:, month] / np.diff(window.edges)[month])


@dataclass(frozen=True, eq=False)
class Patience:
    """How long a subject waits unharmed, and how fast it is lost then; days, float[S] or one
    number for all stages: after a wait w, conversions are 2^-((w - sla)/half_life) of the law's."""

    sla: Floats | float
    half_life: Floats | float

    def __post_init__(self) -> None:
        if np.any(np.asarray(self.sla) < 0) or np.any(np.asarray(self.half_life) <= 0):
            raise ValueError("the promised time is zero or more days, the half-life more than zero")

    def decay(self, stages: int, days: int) -> Floats:
        """float[S, days]: what is left of conversions after a wait of that many days."""
        over = np.maximum(np.arange(days) - np.reshape(self.sla, (-1, 1)), 0.0)
        left = np.exp2(-over / np.reshape(self.half_life, (-1, 1)))
        return np.asarray(np.broadcast_to(left, (stages, days)))


def queue_input(
    streams: Sequence[LeadStream],
    window: PlanWindow,
    work: Work,
    patience: Patience,
    *,
    fresh_first: bool,
) -> QueueInput:
    """The same by day. Raises ValueError where shapes disagree."""
    stages, days = len(streams[0].law.stages), window.horizon
    if any(len(stream.law.stages) != stages for stream in streams):
        raise ValueError("all streams pass the same stages")
    if work.per_entry.shape != (len(work.hours), stages):
        raise ValueError("per_entry has a row for each role and a column for each stage")
    return QueueInput(
        arriving=_stack(_arriving(stream, window) for stream in streams),
        lags=_stack(_lags(stream.law, days) for stream in streams),
        effort=work.per_entry,
        hours=work.by_day(window),
        care=_care_by_day(work, window),
        in_stage=np.stack([still_there(s.law, s.stays, days).T for s in streams]),
        staying=np.stack([_staying(stream.law, days) for stream in streams]),
        decay=patience.decay(stages, days),
        fresh_first=fresh_first,
    )


def _arriving(stream: LeadStream, window: PlanWindow) -> Floats:
    """float[2, D, S+1]: next moves of the open stays, and new subjects; in subjects, in money."""
    counts, money = first_moves(stream.law, group(stream.law, stream.stays), window.horizon)
    moves = np.stack([counts.sum(axis=0), money.sum(axis=0)])
    new = arrivals(stream.law, window, stream.leads, stream.before)
    moves[0, :, :-1] += new
    moves[1, :, :-1] += new * stream.law.money_unit
    return moves


def _lags(law: FunnelLaw, days: int) -> Floats:
    """float[2, S, D, S+1]: moves by lag in days, won last; of subjects, of money."""
    both = (count_lags(law, days), money_lags(law, days))
    moves = [np.concatenate([lags.offspring, lags.wins[:, :, None]], axis=2) for lags in both]
    return np.stack([move.transpose(1, 0, 2) for move in moves])


def _staying(law: FunnelLaw, days: int) -> Floats:
    """float[S, D]: the chance to be in the stage on each day after having been served.

    What is left of the first day counts with the second: its hours are gone by then.
    """
    there = lasting(law, days + 1)
    staying = half_a_day_later((there[1:] + there[:-1]) / 2)
    staying[1:2] += staying[:1]
    staying[:1] = 0.0
    return staying.T


def _care_by_day(work: Work, window: PlanWindow) -> Floats:
    """float[D, R, S]: hours that each subject in a stage takes on each day."""
    if work.per_month is None:
        return np.zeros((window.horizon, *work.per_entry.shape))
    length = np.diff(window.edges)[_month_of_day(window)]
    return work.per_month / length[:, None, None]


def _month_of_day(window: PlanWindow) -> Ints:
    """int[D]: the month of each day after `as_of`; the first until the window begins."""
    day = np.arange(window.horizon)
    return np.maximum(np.searchsorted(window.edges, day, side="right") - 1, 0)


def _stack(parts: Iterable[Floats]) -> Floats:
    """Streams become the second axis."""
    return np.stack(list(parts), axis=1)
