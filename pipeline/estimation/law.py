"""The curves of a whole funnel, as the planner takes them."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_EDGES, age_bin
from pipeline.estimation.join import Join
from pipeline.estimation.rates import Rates
from pipeline.estimation.stages import StageList


@dataclass(frozen=True)
class FunnelCurves:
    """A funnel of S stages: ladder stages up to the one that hands over, then the pipeline's.

    edges float[A + 1], days; offspring float[S, S, A]: expected entries into j in age bin a
    after an entry into i; wins float[S, A]: expected moves to won; survival float[S, A + 1];
    success_log_sd float[S]; value_offspring, value_wins and value_survival the same per unit
    of money, ladder rows repeated, with mean_amount (all None where value is refused);
    direct_per_month float[S]: entries a month of subjects that begin in that stage and did
    not come through the first; oldest_bin int[S]: last age bin with stays at risk.
    """

    stages: tuple[str, ...]
    edges: Floats
    offspring: Floats
    wins: Floats
    survival: Floats
    amount_per_win: float
    success_log_sd: Floats
    amount_cv: float
    value_offspring: Floats | None
    value_wins: Floats | None
    value_survival: Floats | None
    mean_amount: float | None
    direct_per_month: Floats
    oldest_bin: Ints


def funnel_curves(
    pipeline: Rates,
    *,
    ladder: Rates | None = None,
    join: Join | None = None,
    starts: Floats | None = None,
    ladder_starts: Floats | None = None,
) -> FunnelCurves:
    """Curves of a pipeline, or of a ladder joined to it (both of `ladder` and `join`).

    `starts` and `ladder_starts` float[K] are subjects a month that begin in each stage of the
    pipeline and of the ladder (see starts_per_month); with a join, the pipeline's come from it.
    """
    rungs = 0 if ladder is None else len(ladder.stages.open)
    opening = join.direct_by_stage if join is not None else starts
    by_number = _Law.of(pipeline.estimate, pipeline.stages, rungs)
    laws = [by_number]
    if pipeline.value is not None:
        laws.append(_Law.of(pipeline.value.estimate, pipeline.stages, rungs))
    if ladder is not None and join is not None:
        for law in laws:
            law.put_ladder(ladder, join, pipeline.stages)
    value = laws[1] if len(laws) > 1 else None
    parts = [pipeline] if ladder is None else [ladder, pipeline]
    begins = [opening] if ladder is None else [ladder_starts, opening]
    direct = [_starts(each, part) for part, each in zip(parts, begins, strict=True)]
    direct[0][0] = 0.0
    return FunnelCurves(
        stages=tuple(row.name for part in parts for row in part.by_stage),
        edges=AGE_EDGES,
        offspring=by_number.offspring,
        wins=by_number.wins,
        survival=by_number.survival,
        amount_per_win=np.nan if pipeline.amount_per_win is None else pipeline.amount_per_win,
        success_log_sd=np.array([_log_sd(row.success.log_sd) for p in parts for row in p.by_stage]),
        amount_cv=pipeline.amount_cv or 0.0,
        value_offspring=None if value is None else value.offspring,
        value_wins=None if value is None else value.wins,
        value_survival=None if value is None else value.survival,
        mean_amount=None if pipeline.value is None else pipeline.value.mean_amount,
        direct_per_month=np.concatenate(direct),
        oldest_bin=np.concatenate([_oldest(part) for part in parts]),
    )


@dataclass(frozen=True)
class _Law:
    """offspring [S, S, A], wins [S, A] and survival [S, A + 1], the pipeline from `rungs` on."""

    offspring: Floats
    wins: Floats
    survival: Floats
    rungs: int

    @classmethod
    def of(cls, estimate: AalenJohansen, stages: StageList, rungs: int) -> "_Law":
        size, bins = rungs + len(stages.open), len(AGE_EDGES) - 1
        law = cls(
            np.zeros((size, size, bins)),
            np.zeros((size, bins)),
            np.ones((size, bins + 1)),
            rungs,
        )
        onward = _through_lost(estimate, stages)
        law.offspring[rungs:, rungs:] = onward[stages.open][:, stages.open]
        law.wins[rungs:] = onward[stages.open, stages.won]
        law.survival[rungs:] = estimate.survival[stages.open]
        return law

    def put_ladder(self, ladder: Rates, join: Join, pipeline: StageList) -> None:
        rungs, own = slice(0, self.rungs), ladder.stages.open
        onward = _through_lost(ladder.estimate, ladder.stages)
        self.offspring[rungs, rungs] = onward[own][:, own]
        self.survival[rungs] = ladder.estimate.survival[own]
        last = self.rungs - 1
        self.offspring[last, self.rungs :] = join.increments[pipeline.open]
        self.wins[last] = join.increments[pipeline.won]


def _through_lost(estimate: AalenJohansen, stages: StageList) -> Floats:
    """float[S, K, A]: increments with re-openings credited to the stage that was lost from.

    Ages add up: lost in bin a and re-opened in bin b is an entry in the bin of the sum of
    their middles.
    """
    onward = estimate.increments.copy()
    reopened = estimate.increments[stages.lost]
    if not reopened.any():
        return onward
    middle = (AGE_EDGES[:-1] + AGE_EDGES[1:]) / 2
    lands = age_bin(middle[:, None] + middle)
    for stage in stages.open:
        for target in np.flatnonzero(reopened.any(axis=-1)):
            mass = np.outer(onward[stage, stages.lost], reopened[target])
            onward[stage, target] += np.bincount(
                lands.ravel(), weights=mass.ravel(), minlength=len(middle)
            )
    return onward


def _starts(starts: Floats | None, part: Rates) -> Floats:
    if starts is None:
        return np.zeros(len(part.stages.open))
    return np.asarray(starts[part.stages.open], float).copy()


def _log_sd(value: float | None) -> float:
    return np.nan if value is None else value


def _oldest(part: Rates) -> Ints:
    seen = part.estimate.bins_seen()[part.stages.open]
    return np.maximum(seen - 1, 0).astype(np.int64)
