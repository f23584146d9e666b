"""The rules a manager would otherwise forecast by."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Bools, Floats
from pipeline.estimation.origins import MOST_STEPS
from pipeline.estimation.stays import OPEN, Stays


class Rule(StrEnum):
    """Closed rate × leads, won ÷ created × leads, last year × growth, stage rate × open deals."""

    CLOSED_RATE = "closed_rate"
    WON_PER_CREATED = "won_per_created"
    LAST_YEAR = "last_year"
    WEIGHTED_PIPELINE = "weighted_pipeline"


@dataclass(frozen=True)
class Past:
    """What is known at an origin, counted in wins or in money.

    worth float[n], one a stay, and won_worth float[w], one a win: 1, or the amount (the mean
    where unknown); before float[p]: worth won in each complete step before the origin.
    """

    stays: Stays
    worth: Floats
    won_worth: Floats
    before: Floats

    @cached_property
    def rests(self) -> Bools:
        """bool[n]: the last stays of subjects that are not won."""
        return np.asarray(self.stays.destination == OPEN)

    @cached_property
    def is_lost(self) -> Bools:
        return np.asarray(self.rests & (self.stays.stage == self.stays.stages.lost))

    @cached_property
    def won(self) -> float:
        return float(self.won_worth.sum())

    @cached_property
    def lost(self) -> float:
        return float(self.worth[self.is_lost].sum())

    @cached_property
    def created(self) -> float:
        return self.won + float(self.worth[self.rests].sum())

    @property
    def worth_per_lead(self) -> float:
        return _ratio(self.created, len(self.won_worth) + float(self.rests.sum()))

    @property
    def lump(self) -> float:
        """What luck comes in: Σv² / Σv over the wins, 1 where a win counts as one."""
        return _ratio(float((self.won_worth**2).sum()), self.won) or 1.0

    @cached_property
    def stage_rates(self) -> Floats:
        """float[K]: of the closed deals that have been in a stage, the share won."""
        stays = self.stays
        size = len(stays.stages)
        is_won = np.isin(stays.subject, stays.wins.subject)
        is_lost = np.isin(stays.subject, stays.subject[self.is_lost])
        won = np.bincount(stays.stage, weights=self.worth * is_won, minlength=size)
        lost = np.bincount(stays.stage, weights=self.worth * is_lost, minlength=size)
        closed = won + lost
        return np.asarray(np.divide(won, closed, out=np.zeros(size), where=closed > 0))

    @cached_property
    def is_open(self) -> Bools:
        return self.stays.is_open_deal()

    @cached_property
    def pipeline(self) -> float:
        """Worth of the open deals, each by the rate of its stage."""
        open_worth = np.bincount(
            self.stays.stage, weights=self.worth * self.is_open, minlength=len(self.stays.stages)
        )
        return float(self.stage_rates @ open_worth)


def naive_forecasts(past: Past, leads: Floats, *, span: int) -> dict[Rule, Floats]:
    """float[H] by rule: worth won in each step after the origin; leads float[H] come in them.

    Open deals are all due within the `span` steps that are judged: their rule names no time.
    """
    worth = leads * past.worth_per_lead
    return {
        Rule.CLOSED_RATE: worth * _ratio(past.won, past.won + past.lost),
        Rule.WON_PER_CREATED: worth * _ratio(past.won, past.created),
        Rule.LAST_YEAR: last_year(past.before, steps=len(leads)),
        Rule.WEIGHTED_PIPELINE: np.full(len(leads), past.pipeline / span),
    }


def last_year(before: Floats, *, steps: int) -> Floats:
    """float[steps]: the same steps a year ago, times this year's growth over the year before.

    Of histories below two years the later half stands for this year, and repeats itself;
    where nothing came before, nothing grows.
    """
    span = min(MOST_STEPS, len(before) // 2)
    if not span:
        return np.full(steps, before.mean() if len(before) else 0.0)
    latest, earlier = before[-span:], before[-2 * span : -span]
    growth = _ratio(float(latest.sum()), float(earlier.sum())) or 1.0
    return np.asarray(np.resize(latest, steps) * growth)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
