"""How far the mean amounts of the parts of a company are believed, each by its own wins."""

import numpy as np

from planning.engine.law import Floats

FEWEST = 10
"""With fewer wins than this a part's mean amount is the whole's, as its rates are."""


def credible_ratios(ratio: Floats, wins: Floats, cv: float) -> Floats:
    """float[P]: mean amounts over the whole's, drawn towards it as far as chance explains them.

    ratio float[P], nan where unknown, from wins float[P]; cv: standard deviation of one amount
    over the mean. A part keeps tau2 / (tau2 + cv2 / n) of what sets it apart (Bühlmann and Straub,
    1970), with tau2, the variance between parts, by moments (DerSimonian and Laird, 1986). Parts
    with FEWEST wins count; the others are nan.
    """
    known = np.isfinite(ratio) & (wins >= FEWEST) & (ratio > 0)
    found = np.full(len(ratio), np.nan)
    if not known.any():
        return found
    apart, noise = ratio[known] - 1.0, cv**2 / wins[known]
    between = _between(apart, noise)
    total = between + noise
    kept = np.where(total > 0, between / np.where(total > 0, total, 1.0), 1.0)
    found[known] = 1.0 + kept * apart
    return found


def _between(apart: Floats, noise: Floats) -> float:
    """The variance of the parts' true ratios about one."""
    if not noise.all():
        return float(np.mean(apart**2))
    weight = 1.0 / noise
    spare = weight.sum() - (weight**2).sum() / weight.sum()
    if spare <= 0:
        return 0.0
    return max(float(((weight * apart**2).sum() - (len(apart) - 1)) / spare), 0.0)
