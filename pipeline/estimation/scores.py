"""How far off forecasts were: errors and bands against what came."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.forecast import dispersion_of

QUANTILES = (0.1, 0.5, 0.9)
FEWEST_FOR_A_BAND = 5
"""A log-normal band of fewer wins than this says nothing: it never holds none at all."""

MOST_LUCK = 4.0
"""Variance of the log by luck where less than a quarter of a win is forecast."""


@dataclass(frozen=True)
class Forecasts:
    """What one rule forecast at m origins for up to H steps after each.

    expected and actual float[m, H], wins or money, nan where not resolved; log_var float[m]:
    variance of the log forecast from uncertain rates; lump float[m]: what a win brings,
    Σv² / Σv (1 for wins), which luck is measured by; resolved bool[m, m]: see had_resolved.
    """

    expected: Floats
    actual: Floats
    log_var: Floats
    lump: Floats
    resolved: Bools


@dataclass(frozen=True)
class Window:
    """A sum of `steps` steps from `origin` (microseconds) on: forecast, bands, what came."""

    origin: int
    steps: int
    forecast: float
    low80: float
    high80: float
    low90: float
    high90: float
    actual: float


@dataclass(frozen=True)
class Scores:
    """Errors of one rule; None where nothing can be said.

    Over sums of the whole horizon: mape, mean |forecast / actual − 1|; bias, Σ forecast /
    Σ actual − 1 (.09: nine per cent high); pinball at .1, .5 and .9 as a share of the mean
    actual; coverage of the 80 and 90 % bands; `windows` sums. Over single steps: wmape,
    Σ |forecast − actual| / Σ actual; over the `cells` steps in which at least five wins were
    forecast: step_pinball, step_coverage80 and 90.
    Of the chance of single open deals to be won within the horizon: brier and log_loss.
    """

    windows: int
    mape: float | None
    bias: float | None
    pinball: tuple[float | None, ...]
    coverage80: float | None
    coverage90: float | None
    cells: int
    wmape: float | None
    step_pinball: tuple[float | None, ...]
    step_coverage80: float | None
    step_coverage90: float | None
    brier: float | None = None
    log_loss: float | None = None


def score(forecasts: Forecasts, horizon: int) -> Scores:
    """Scores of sums of `horizon` steps and of single steps."""
    spread = dispersions(forecasts)
    whole = _Judged.of(
        forecasts,
        spread,
        forecasts.expected[:, :horizon].sum(axis=1, keepdims=True),
        forecasts.actual[:, :horizon].sum(axis=1, keepdims=True),
    )
    single = _Judged.of(forecasts, spread, forecasts.expected, forecasts.actual)
    banded = single.where(single.lumps >= FEWEST_FOR_A_BAND)
    return Scores(
        windows=len(whole.actual),
        mape=whole.mape(),
        bias=_share(float((whole.expected - whole.actual).sum()), float(whole.actual.sum())),
        pinball=whole.pinball(),
        coverage80=whole.coverage(0.8),
        coverage90=whole.coverage(0.9),
        cells=len(banded.actual),
        wmape=_share(float(np.abs(single.expected - single.actual).sum()), single.actual.sum()),
        step_pinball=banded.pinball(),
        step_coverage80=banded.coverage(0.8),
        step_coverage90=banded.coverage(0.9),
    )


def windows_of(forecasts: Forecasts, origins: Ints, horizon: int) -> tuple[Window, ...]:
    """One window an origin (int64[m]), of `horizon` steps or as many as have resolved."""
    spread = dispersions(forecasts)
    steps = np.isfinite(forecasts.actual[:, :horizon]).sum(axis=1)
    expected = np.nansum(forecasts.expected[:, :horizon], axis=1)
    known = np.isfinite(forecasts.expected[:, :horizon]).any(axis=1) & (steps > 0)
    actual = np.nansum(forecasts.actual[:, :horizon], axis=1)
    sd = log_sd(expected, forecasts.log_var, forecasts.lump, spread)
    ends = [*band(expected, sd, 0.8), *band(expected, sd, 0.9)]
    columns = np.column_stack([expected, *ends, actual])
    return tuple(
        Window(int(origins[i]), int(steps[i]), *columns[i].tolist()) for i in np.flatnonzero(known)
    )


def dispersions(forecasts: Forecasts) -> Floats:
    """float[m]: τ of each origin's bands, from how far off the earlier ones were by then.

    Origin j is judged at origin i by what it forecast for the i − j steps between them.
    """
    expected = np.cumsum(forecasts.expected, axis=1)
    actual = np.cumsum(forecasts.actual, axis=1)
    found = np.empty(len(expected))
    for place, resolved in enumerate(forecasts.resolved):
        earlier = np.flatnonzero(resolved)
        until = place - earlier - 1
        pairs = np.stack([actual[earlier, until], expected[earlier, until]])
        happened, foreseen = pairs / forecasts.lump[earlier]
        told = np.isfinite(happened) & np.isfinite(foreseen)
        found[place] = dispersion_of(happened[told], foreseen[told])
    return found


def log_sd(expected: Floats, log_var: Floats, lump: Floats, dispersion: Floats) -> Floats:
    """√(σ² + τ²) with σ² of luck (compound Poisson) and of rates; 0 where nothing is expected."""
    luck = np.divide(lump, expected, out=np.zeros_like(expected), where=expected > 0)
    luck = np.minimum(luck, MOST_LUCK)
    return np.asarray(np.sqrt(luck + log_var + dispersion**2))


def band(expected: Floats, sd: Floats, level: float) -> tuple[Floats, Floats]:
    """Central band of a log-normal forecast, as dispersed_band has it."""
    factor = np.exp(stats.norm.ppf((1 + level) / 2) * sd)
    return expected / factor, expected * factor


def pinball_loss(actual: Floats, quantile: Floats, level: float) -> float:
    """Mean of (a − q)·level above the quantile and (q − a)·(1 − level) below it.

    Koenker and Bassett, Econometrica 46 (1978).
    """
    miss = actual - quantile
    return float(np.maximum(level * miss, (level - 1) * miss).mean())


@dataclass(frozen=True)
class _Judged:
    """Forecasts that can be judged, one row each: float[n]; `lumps` is the forecast in wins."""

    expected: Floats
    actual: Floats
    sd: Floats
    lumps: Floats

    @classmethod
    def of(cls, rule: Forecasts, spread: Floats, expected: Floats, actual: Floats) -> "_Judged":
        """expected and actual float[m, w]: sums from each origin, nan where not resolved."""
        known = np.isfinite(expected) & np.isfinite(actual)
        row = np.nonzero(known)[0]
        sd = log_sd(expected[known], rule.log_var[row], rule.lump[row], spread[row])
        return cls(expected[known], actual[known], sd, expected[known] / rule.lump[row])

    def where(self, chosen: Bools) -> "_Judged":
        parts = (self.expected, self.actual, self.sd, self.lumps)
        return _Judged(*(part[chosen] for part in parts))

    def mape(self) -> float | None:
        some = self.actual > 0
        if not some.any():
            return None
        return float(np.abs(self.expected[some] / self.actual[some] - 1).mean())

    def coverage(self, level: float) -> float | None:
        if not len(self.actual):
            return None
        low, high = band(self.expected, self.sd, level)
        return float(((low <= self.actual) & (self.actual <= high)).mean())

    def pinball(self) -> tuple[float | None, ...]:
        low, high = band(self.expected, self.sd, QUANTILES[2] - QUANTILES[0])
        mean = float(self.actual.mean()) if len(self.actual) else 0.0
        ends = zip((low, self.expected, high), QUANTILES, strict=True)
        if not mean:
            return (None,) * len(QUANTILES)
        return tuple(pinball_loss(self.actual, end, level) / mean for end, level in ends)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
