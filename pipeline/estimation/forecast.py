"""What the deals open now will still bring, and how far off that may be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import age_bin
from pipeline.estimation.jackknife import jackknife_variance
from pipeline.estimation.win_probability import WinProbability

UNKNOWN_DISPERSION = 0.3
"""τ where no earlier origin tells: forecasts of a market never seen before miss by more."""

Z80 = float(stats.norm.ppf(0.9))


@dataclass(frozen=True)
class OpenForecast:
    """Wins (or money) still to come from open deals.

    per_deal float[n] and carried bool[n] (older than any deal seen); by_stage float[K];
    `sd` of the total, from luck and from uncertain rates; band 80 % including dispersion τ.
    """

    per_deal: Floats
    carried: Bools
    by_stage: Floats
    expected: float
    sd: float
    low80: float
    high80: float
    dispersion: float


def forecast_open(
    probability: WinProbability,
    stage: Ints,
    age_days: Floats,
    *,
    worth: Floats | None = None,
    dispersion: float = UNKNOWN_DISPERSION,
) -> OpenForecast:
    """Forecast of deals in `stage` int[n] at `age_days` float[n].

    `probability` has the leading axis [65] of all buckets and all but each one. `worth`
    float[n] is what a win of each deal brings (1 where not given).
    """
    value = np.ones(len(stage)) if worth is None else worth
    main = WinProbability(probability.table[0], probability.bins_seen[0])
    chance, carried = main.of(stage, age_days)
    chance = np.nan_to_num(chance)
    expected = chance * value
    luck = float((chance * (1 - chance) * value**2).sum())
    replicates = np.nan_to_num(probability.table[1:, stage, age_bin(age_days)])
    sd = float(np.sqrt(luck + jackknife_variance(replicates @ value)))
    total = float(expected.sum())
    low, high = dispersed_band(total, sd, dispersion)
    by_stage = np.zeros(main.table.shape[0])
    np.add.at(by_stage, stage, expected)
    return OpenForecast(expected, carried, by_stage, total, sd, low, high, dispersion)


def dispersed_band(expected: float, sd: float, dispersion: float) -> tuple[float, float]:
    """80 % band forecast · exp(±1.28 √(σ² + τ²)), with σ = sd / forecast."""
    if expected <= 0:
        return 0.0, 0.0
    factor = float(np.exp(Z80 * np.hypot(sd / expected, dispersion)))
    return expected / factor, expected * factor


def dispersion_of(actual: ArrayLike, forecast: ArrayLike) -> float:
    """τ from earlier origins: τ² is the mean of log(actual / forecast)² − 1 / forecast.

    actual, forecast: float[m], what had been won and what had been forecast by then. Pairs in
    which less than one win was forecast are passed over, since their logarithm says nothing;
    no win at all counts as half a one.
    """
    happened, expected = np.asarray(actual, float), np.asarray(forecast, float)
    usable = expected >= 1.0
    if not usable.any():
        return UNKNOWN_DISPERSION
    happened, expected = np.maximum(happened[usable], 0.5), expected[usable]
    excess = np.log(happened / expected) ** 2 - 1 / expected
    return float(np.sqrt(max(excess.mean(), 0.0)))
