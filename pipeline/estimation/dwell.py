"""How long stays last."""

import numpy as np

from pipeline.estimation.arrays import Floats
from pipeline.estimation.bins import AGE_EDGES


def dwell_quantile(survival: Floats, share: float) -> float | None:
    """Days by which `share` of the stays have ended; None where fewer ever do.

    survival float[A + 1] at AGE_EDGES, taken as straight inside a bin.
    """
    ended = 1.0 - survival
    return quantile_of_rise(ended, share)


def quantile_of_rise(rising: Floats, level: float) -> float | None:
    """Age in days at which a curve float[A + 1] at AGE_EDGES first reaches `level`."""
    if rising[-1] < level:
        return None
    last = int(np.searchsorted(rising, level))
    if last == 0:
        return 0.0
    part = (level - rising[last - 1]) / (rising[last] - rising[last - 1])
    return float(AGE_EDGES[last - 1] + part * (AGE_EDGES[last] - AGE_EDGES[last - 1]))
