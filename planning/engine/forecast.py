"""What the deals open at `as_of` will still bring, by month and by stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.chance import band80, effective_events, pipeline_luck, relative_rate_variance
from planning.engine.expected import SourceFlows, credit_by_month
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.open_pipeline import PipelineCredit, credit_open_stays
from planning.engine.window import PlanWindow

# Where no earlier forecast was ever checked, assume that it misses by this much (log).
DISPERSION = 0.3


@dataclass(frozen=True, eq=False)
class Expectation:
    """An expected number or sum of money with its 80 % band; arrays of equal shape."""

    mean: Floats
    low80: Floats
    high80: Floats


@dataclass(frozen=True, eq=False)
class Forecast:
    """wins, value: by month, float[M]; total_wins, total_value: to the end of the last month,
    float[1]; stage_open, stage_wins, stage_value: float[S], by the stage at `as_of`, to the
    same end. carried: open subjects older than any stay seen."""

    wins: Expectation
    value: Expectation
    total_wins: Expectation
    total_value: Expectation
    stage_open: Floats
    stage_wins: Floats
    stage_value: Floats
    carried: int


def forecast(
    law: FunnelLaw, stays: OpenStays, window: PlanWindow, *, dispersion: float = DISPERSION
) -> Forecast:
    """Wins and revenue still to come from `stays`, of the months of `window` after `as_of`.

    dispersion: tau, the log error of earlier forecasts beyond luck; the band of a flow f is
    f exp(+-1.28 sqrt(rates^2 + tau^2)), widened by luck (see `band80`).
    """
    credit = credit_open_stays(law, stays, window.horizon)
    flows = credit_by_month(credit, window)
    opened = np.bincount(stays.stage, stays.count, len(law.stages)).astype(float)
    whole = SourceFlows(
        flows.entries.sum(axis=1, keepdims=True),
        flows.wins.sum(axis=1, keepdims=True),
        flows.revenue.sum(axis=1, keepdims=True),
    )
    return Forecast(
        wins=_wins(law, opened, flows.wins, dispersion),
        value=_value(law, credit, flows.revenue, dispersion),
        total_wins=_wins(law, opened, whole.wins, dispersion),
        total_value=_value(law, credit, whole.revenue, dispersion),
        stage_open=opened,
        stage_wins=whole.wins[:, 0],
        stage_value=whole.revenue[:, 0],
        carried=credit.carried,
    )


def _wins(law: FunnelLaw, opened: Floats, wins: Floats, dispersion: float) -> Expectation:
    chance = np.clip(wins / np.maximum(opened, 1.0)[:, None], 0, 1)
    return _expectation(law, wins, (wins * (1 - chance)).sum(axis=0), dispersion)


def _value(
    law: FunnelLaw, credit: PipelineCredit, revenue: Floats, dispersion: float
) -> Expectation:
    return _expectation(law, revenue, pipeline_luck(law, credit, revenue), dispersion)


def _expectation(law: FunnelLaw, parts: Floats, luck: Floats, dispersion: float) -> Expectation:
    """Sum over float[S, M] parts, `luck` float[M] being the variance of their sum given rates."""
    mean = parts.sum(axis=0)
    rates = relative_rate_variance(parts, law.rate_covariance, 0.0)
    log_sd = np.sqrt(np.log1p(rates) + dispersion**2)
    return Expectation(mean, *band80(mean, effective_events(mean, luck), log_sd))
