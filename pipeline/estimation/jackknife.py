"""Delete-a-group jackknife: spread of an estimate from leaving out one bucket at a time."""

import numpy as np
from scipy import stats

from pipeline.estimation.arrays import Floats


def jackknife_variance(replicates: Floats) -> Floats:
    """Variance of estimates float[G, ...] that each leave out one of G groups.

    (G − 1) / G · Σ (x_g − mean)²; Kott, Journal of Official Statistics 17 (2001), 521-526.
    """
    groups = len(replicates)
    return np.asarray((groups - 1) * replicates.var(axis=0))


def log_band(
    estimate: Floats, replicates: Floats, level: float, added_sd: Floats | float = 0.0
) -> tuple[Floats, Floats]:
    """Band of positive estimates float[...], by the jackknife of their logarithms.

    `added_sd` is a standard deviation of the logarithm from another source.

    replicates float[G, ...]; Student's t with G − 1 degrees. nan where the estimate or one
    of its replicates is zero: the logarithm knows no band there.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sd = np.hypot(np.sqrt(jackknife_variance(np.log(replicates))), added_sd)
        factor = np.exp(stats.t.ppf((1 + level) / 2, len(replicates) - 1) * sd)
        return estimate / factor, estimate * factor


def log_sd(replicated: Floats, told: Floats) -> Floats:
    """float[...]: standard deviation of the log of a rate, replicated float[1 + G, ...].

    By the jackknife; where a replicate is zero, that of a binomial rate of `told` stays.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sd = np.sqrt(jackknife_variance(np.log(replicated[1:])))
    smoothed = (replicated[0] * told + 0.5) / (told + 1.0)
    binomial = np.sqrt((1 - smoothed) / (smoothed * (told + 1.0)))
    return np.asarray(np.where(np.isfinite(sd) & (sd > 0), sd, binomial))
