"""What would have been forecast at one origin, from what was known then and nothing after."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen, shared_ages
from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_BINS, DAY, age_bin
from pipeline.estimation.calendar import calendar_counts
from pipeline.estimation.chain import eventual_fates
from pipeline.estimation.counts import count_stays
from pipeline.estimation.half_life import choose_half_life
from pipeline.estimation.handover import RECENT_DAYS
from pipeline.estimation.jackknife import jackknife_variance
from pipeline.estimation.level import adjust, levels
from pipeline.estimation.months import MonthOf
from pipeline.estimation.moves import Moves
from pipeline.estimation.naive import Past
from pipeline.estimation.origins import MOST_STEPS, Steps
from pipeline.estimation.outlook import Outlook
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays
from pipeline.estimation.win_probability import win_probability

LawOf = Callable[[Stays, Floats | None], AalenJohansen]
"""The estimator that is judged: from the stays known at an origin, and a weight float[n] of
each or None, to an estimate with the leading axis [65] of all buckets and all but each one."""


def law_of_history(stays: Stays, weight: Floats | None = None) -> AalenJohansen:
    """Aalen-Johansen over all that was known, as the published rates have it."""
    counts = count_stays(stays, weight=weight)
    heads = counts if weight is None else count_stays(stays, weight=(weight > 0).astype(float))
    return aalen_johansen(counts.leave_one_out(), together=shared_ages(heads.total()))


def law_of_late(month_of: MonthOf) -> LawOf:
    """The same at the level of late, its half-life chosen anew by what was known at each origin."""
    chosen: dict[int, float | None] = {}

    def law(stays: Stays, weight: Floats | None = None) -> AalenJohansen:
        shapes = law_of_history(stays, weight)
        if stays.as_of not in chosen:
            chosen[stays.as_of] = choose_half_life(stays, month_of, as_of=stays.as_of).days
        half_life = chosen[stays.as_of]
        if half_life is None:
            return shapes
        calendar = calendar_counts(stays, month_of, weight=weight)
        found = levels(calendar, shapes.at(0), as_of=stays.as_of, half_life_days=half_life)
        return adjust(shapes, found.theta)

    return law


@dataclass(frozen=True)
class Horizon:
    """The steps after an origin: `at` its instant, `place` in the steps' edges, `days` until
    the last of them (or as_of) ends."""

    steps: Steps
    place: int
    days: int

    @classmethod
    def of(cls, steps: Steps, place: int, as_of: int) -> "Horizon":
        left = len(steps.edges) - 1 - place
        end = as_of if left <= MOST_STEPS else int(steps.edges[place + MOST_STEPS])
        return cls(steps, place, -(-(end - int(steps.edges[place])) // DAY))

    @property
    def at(self) -> int:
        return int(self.steps.edges[self.place])

    @property
    def resolved(self) -> Bools:
        """bool[H]: steps that were over by as_of."""
        return np.asarray(np.arange(MOST_STEPS) < len(self.steps.edges) - 1 - self.place)

    def by_step(self, at: Ints, worth: Floats) -> Floats:
        """float[H]: sums of `worth` by step, nan where the step is not over."""
        step = self.steps.of(at) - self.place
        inside = (step >= 0) & (step < MOST_STEPS)
        sums = np.bincount(step[inside], weights=worth[inside], minlength=MOST_STEPS)
        return np.where(self.resolved, sums, np.nan)

    def daily_by_step(self, by_day: Floats) -> Floats:
        middle = self.at + DAY * np.arange(self.days, dtype=np.int64) + DAY // 2
        return self.by_step(middle, by_day)


@dataclass(frozen=True)
class Starts:
    """First moves of all subjects ever known: int64[n] each. Only those before an origin are
    its knowledge; those after it are the leads that came."""

    stages: StageList
    at: Ints
    stage: Ints

    @classmethod
    def of(cls, moves: Moves, stages: StageList) -> "Starts":
        first = np.ones(len(moves), bool)
        first[1:] = moves.subject[1:] != moves.subject[:-1]
        return cls(stages, moves.at[first], moves.stage[first])

    def after(self, horizon: Horizon) -> Floats:
        """float[K, days]: leads that came, by first stage and day.

        Whether one that began closed was won tells the outcome: of these only the number is
        taken, and the share won from those before.
        """
        day = (self.at - horizon.at) // DAY
        came = (self.at >= horizon.at) & (day < horizon.days)
        key = self.stage[came] * horizon.days + day[came]
        cells = np.bincount(key, minlength=len(self.stages) * horizon.days).astype(float)
        starts = cells.reshape(len(self.stages), horizon.days)
        ends = [self.stages.won, self.stages.lost]
        starts[ends] = starts[ends].sum(axis=0) * self._shares_at(horizon.at)[:, None]
        return starts

    def expected(self, horizon: Horizon) -> Floats:
        """float[K, days]: as many leads a day as in the last year, or in all of a shorter past.

        Without growth: leads follow what is spent on them, which their past does not tell. What
        that costs shows in the score of forecast leads.
        """
        begun = max(int(self.at.min()), horizon.at - RECENT_DAYS * DAY)
        recent = (self.at < horizon.at) & (self.at >= begun)
        per_day = np.bincount(self.stage[recent], minlength=len(self.stages))
        rate = per_day / max((horizon.at - begun) / DAY, 1.0)
        return np.repeat(rate[:, None], horizon.days, axis=1)

    def _shares_at(self, origin: int) -> Floats:
        known = self.stage[self.at < origin]
        closed = np.array([(known == self.stages.won).sum(), (known == self.stages.lost).sum()])
        return np.asarray(closed / closed.sum() if closed.any() else np.array([0.0, 1.0]))


@dataclass(frozen=True)
class Foresight:
    """The forecast of one origin, in wins or in money as `past` counts.

    `replicates` has the leading axis [65].
    """

    past: Past
    replicates: AalenJohansen
    horizon: Horizon

    @cached_property
    def outlook(self) -> Outlook:
        return Outlook.of(self.replicates.at(0), self.past.stays.stages, self.horizon.days)

    @cached_property
    def ages(self) -> Floats:
        return self.past.stays.age_days()

    @cached_property
    def open_by_day(self) -> Floats:
        """float[days]: from the deals open at the origin."""
        return self._from(self.past.is_open)

    def total_by_day(self, starts: Floats) -> Floats:
        """float[days]: from open deals, lost ones that are opened again, and `starts`."""
        stays = self.past.stays
        lost = self.past.is_lost & (stays.left == stays.as_of)
        coming = self.outlook.from_starts(starts) * self.past.worth_per_lead
        return np.asarray(self.open_by_day + self._from(lost) + coming)

    def log_variance(self, starts: Floats | None = None) -> float:
        """Variance of the log of the forecast from uncertain rates, to first order.

        The jackknife of what open deals and `starts` bring in the end, whose share within the
        horizon varies little; of the ratio and not of its log, since of a young history one
        bucket may hold nearly all that is known. One over the wins where nothing is expected.
        """
        stays, stages = self.past.stays, self.past.stays.stages
        key = stays.stage[self.past.is_open] * AGE_BINS + age_bin(self.ages[self.past.is_open])
        cells = np.bincount(
            key, weights=self.past.worth[self.past.is_open], minlength=len(stages) * AGE_BINS
        )
        brought = self._chance.reshape(len(self._chance), -1) @ cells
        if starts is not None:
            brought = brought + self._won @ starts.sum(axis=1) * self.past.worth_per_lead
        if brought[0] <= 0:
            return 1.0 / max(len(stays.wins), 1)
        return float(jackknife_variance(brought[1:] / brought[0]))

    @cached_property
    def _won(self) -> Floats:
        """float[65, K]"""
        return eventual_fates(self.replicates, self.past.stays.stages).won

    @cached_property
    def _chance(self) -> Floats:
        """float[65, K, A]"""
        return np.nan_to_num(win_probability(self.replicates, self._won).table)

    def chance_within(self, steps: int) -> Floats:
        """float[n]: of each open deal to be won within so many steps."""
        stays, edges = self.past.stays, self.horizon.steps.edges
        width = int(edges[self.horizon.place + steps]) - self.horizon.at
        return self.outlook.chance_within(
            stays.stage[self.past.is_open], self.ages[self.past.is_open], round(width / DAY)
        )

    def _from(self, chosen: Bools) -> Floats:
        stays = self.past.stays
        rows = np.flatnonzero(chosen)
        return self.outlook.from_open(stays.stage[rows], self.ages[rows], self.past.worth[rows])
