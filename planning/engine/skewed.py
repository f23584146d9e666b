"""A skewed distribution told by three moments, for sums of money that uncertain rates multiply.

X = mean + sd / w (L - 1), with L lognormal of mean one and coefficient of variation w. Its
skewness is that of L, 3 w + w^3, whatever mean and sd are; a skewness of zero is the normal
distribution (the three-parameter lognormal; Johnson, Kotz & Balakrishnan, Continuous Univariate
Distributions 1, section 14.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

# As good as the normal distribution, and still far from where rounding would tell.
LEAST_CV = 1e-7


@dataclass(frozen=True)
class Skewed:
    """mean, sd (above zero) and skewness (zero or more) of a continuous quantity."""

    mean: float
    sd: float
    skewness: float

    @property
    def _cv(self) -> float:
        """w in 3 w + w^3 = skewness: w = 2 sinh y turns it into 2 sinh 3 y."""
        return max(2 * float(np.sinh(np.arcsinh(self.skewness / 2) / 3)), LEAST_CV)

    def exceeded_with(self, probability: float) -> float:
        """The value that X passes with `probability`."""
        cv = self._cv
        log_sd = np.sqrt(np.log1p(cv**2))
        log = -float(special.ndtri(probability)) * log_sd - log_sd**2 / 2
        return self.mean + self.sd / cv * float(np.expm1(log))

    def chance_of(self, value: float) -> float:
        """P(X >= value)."""
        cv = self._cv
        above = cv * (value - self.mean) / self.sd
        if above <= -1:
            return 1.0
        log_sd = np.sqrt(np.log1p(cv**2))
        return float(special.ndtr(-(np.log1p(above) + log_sd**2 / 2) / log_sd))
