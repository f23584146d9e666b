"""The day loop of the overload queue: who waits, who is served, and what the wait costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.law import Floats

# What moves on within a day moves on again, ever less; below this share the rest is nothing.
NEGLIGIBLE = 1e-13


@dataclass(frozen=True, eq=False)
class QueueInput:
    """D days, S stages, R roles, G kinds of leads with laws of their own; the leading axis of
    length two holds subjects and, beside them, their money.

    arriving: float[2, G, D, S+1], moves a day that come from outside the queue, won last.
    lags: float[2, G, S, D, S+1], moves by lag in days after one subject was served, won last.
    effort: float[R, S], hours for each subject; hours: float[R, D], hours to be had a day.
    care: float[D, R, S], hours on each day for each subject that was served and is still in its
    stage; in_stage: float[G, S, D], such subjects of the time before; staying: float[G, S, D],
    the share of those served that is still there by lag in days.
    decay: float[S, D], what is left of a subject's conversions after a wait of that many days.
    """

    arriving: Floats
    lags: Floats
    effort: Floats
    hours: Floats
    care: Floats
    in_stage: Floats
    staying: Floats
    decay: Floats
    fresh_first: bool


@dataclass(frozen=True, eq=False)
class DailyFlows:
    """entered, served, waiting (in the evening) and waited (days waited by those served):
    float[D, S]; wasted: float[D, G, S], subjects' worth of conversions that the day's wait has
    cost; care and spent (care included): float[R, D], hours; wins, revenue: float[D]."""

    entered: Floats
    served: Floats
    waiting: Floats
    waited: Floats
    wasted: Floats
    care: Floats
    spent: Floats
    wins: Floats
    revenue: Floats


def follow(given: QueueInput) -> DailyFlows:
    """Every day's work in turn: those already in work, then late stages first.

    A subject that comes to a late stage by the day's own work on an early one finds the hours
    that this has left.
    """
    course = _Course(given)
    for day in range(given.hours.shape[1]):
        course.live(day)
    return course.flows()


class _Course:
    def __init__(self, given: QueueInput) -> None:
        self.given = given
        _, self.kinds, self.days, targets = given.arriving.shape
        self.stages = targets - 1
        self.moves = given.arriving.copy()
        # Subjects waiting by the day they entered; before `oldest` nobody waits any more.
        self.queue = np.zeros((2, self.kinds, self.stages, self.days))
        self.oldest = 0
        self.parts = [
            [(role, hours) for role, hours in enumerate(column) if hours > 0]
            for column in given.effort.T.tolist()
        ]
        self.at_once = given.lags[:, :, :, :1, :-1].sum(axis=3)
        self.lags = given.lags.reshape(2, self.kinds, self.stages, -1)
        self.entered, self.served, self.waiting, self.waited = np.zeros((4, self.days, self.stages))
        self.wasted = np.zeros((self.days, self.kinds, self.stages))
        self.left = given.hours.copy()
        self.in_stage = given.in_stage.copy()
        self.care = np.zeros_like(given.hours)

    def flows(self) -> DailyFlows:
        wins, revenue = self.moves[:, :, :, -1].sum(axis=1)
        spent = self.given.hours - self.left
        lived = (self.entered, self.served, self.waiting, self.waited, self.wasted)
        return DailyFlows(*lived, care=self.care, spent=spent, wins=wins, revenue=revenue)

    def live(self, day: int) -> None:
        """Serve those who wait and those who come; what follows from it goes to later days."""
        self._lose_patience(day)
        self._take_care(day)
        inflow = self.moves[:, :, day, :-1].copy()
        self.queue[..., day] += inflow
        self.entered[day] += inflow[0].sum(axis=0)
        served = self._serve_queue(day)
        following = _times(served, self.at_once)
        while following[0].sum() > NEGLIGIBLE * (1 + self.entered[day].sum()):
            again = self._serve_arrivals(day, following)
            served += again
            following = _times(again, self.at_once)
        self.waiting[day] = self.queue[0, :, :, self.oldest : day + 1].sum(axis=(0, 2))
        ahead = _times(served, self.lags[..., : (self.days - day) * (self.stages + 1)])
        self.moves[:, :, day:] += ahead.reshape(2, self.kinds, -1, self.stages + 1)
        staying = self.given.staying[:, :, : self.days - day]
        self.in_stage[:, :, day:] += served[0, :, :, None] * staying

    def _take_care(self, day: int) -> None:
        """Whoever is in work keeps the hours that takes, before anybody new is served."""
        self.care[:, day] = self.given.care[day] @ self.in_stage[:, :, day].sum(axis=0)
        np.maximum(self.left[:, day] - self.care[:, day], 0.0, out=self.left[:, day])

    def _lose_patience(self, day: int) -> None:
        """What another night has cost those who waited through it."""
        if self.oldest < day:
            lost = -np.diff(self.given.decay[:, : day - self.oldest + 1])[:, ::-1]
            self.wasted[day] = (self.queue[0, :, :, self.oldest : day] * lost).sum(axis=2)

    def _serve_queue(self, day: int) -> Floats:
        """float[2, G, S]: those served, at what their wait has left of their conversions."""
        queue = self.queue[..., self.oldest : day + 1]
        present = queue[0].sum(axis=0)
        amount, everybody = self._affordable(day, present.sum(axis=1))
        share = np.ones_like(present) if everybody else self._shares(present, amount)
        taken = queue * share
        queue -= taken
        wait = np.arange(day - self.oldest, -1, -1.0)
        people = taken[0].sum(axis=0)
        self.served[day] += people.sum(axis=1)
        self.waited[day] += people @ wait
        worth = (taken * self.given.decay[:, day - self.oldest :: -1]).sum(axis=3)
        if everybody:
            queue[...] = 0.0
            self.oldest = day
        return np.asarray(worth)

    def _shares(self, present: Floats, amount: Floats) -> Floats:
        """float[S, days]: what share of each day's entries is served, `amount` in all."""
        queued = present[:, ::-1] if self.given.fresh_first else present
        ahead = np.cumsum(queued, axis=1) - queued
        served = np.clip(amount[:, None] - ahead, 0.0, queued)
        # Money without subjects (a rounding of the law) does not wait for anybody.
        share = np.divide(served, queued, out=np.ones_like(queued), where=queued > 0)
        return share[:, ::-1] if self.given.fresh_first else share

    def _serve_arrivals(self, day: int, inflow: Floats) -> Floats:
        """Those who come by today's work: served too, while there are hours."""
        present = inflow[0].sum(axis=0)
        self.entered[day] += present
        amount, everybody = self._affordable(day, present)
        served = inflow
        if not everybody:
            share = np.divide(amount, present, out=np.ones_like(present), where=present > 0)
            served = inflow * share
            self.queue[..., day] += inflow - served
        self.served[day] += amount
        return served

    def _affordable(self, day: int, present: Floats) -> tuple[Floats, bool]:
        """How many of float[S] there are hours for, late stages first; whether that is all."""
        effort = self.given.effort
        need = effort @ present
        if np.all(need <= self.left[:, day]):
            self.left[:, day] -= need
            return present, True
        left, amount = self.left[:, day].tolist(), present.tolist()
        for stage in range(self.stages - 1, -1, -1):
            # A subject needs the time of every role that has a part in its stage.
            parts = self.parts[stage]
            amount[stage] = min([amount[stage], *(left[role] / hours for role, hours in parts)])
            for role, hours in parts:
                left[role] = max(left[role] - amount[stage] * hours, 0.0)
        self.left[:, day] = left
        return np.array(amount), False


def _times(served: Floats, moves: Floats) -> Floats:
    """float[2, G, N] of float[2, G, S] and float[2, G, S, N]."""
    return np.asarray((served[:, :, None, :] @ moves)[:, :, 0])
