"""How sure a number is: compound Poisson sales, uncertain rates, and a shock common to all.

The variance of revenue R, with R_i what comes from subjects now in stage i (new leads: stage 0):

    Var R = sum of squared amounts           luck: a^2 p for Poisson wins, a^2 p (1 - p) for deals
          + sum_ij R_i R_j (e^c_ij - 1)      rates: c the covariance of the log success rates
          + (sum_i R_i)^2 (e^s^2 - 1)        the shock, s the standard deviation of its log

Rates and shock are lognormal with mean one, hence e^x - 1. For a sum of N gamma-like amounts
the first line is E[N] E[X^2] (Wald; Ross, Introduction to Probability Models, section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from planning.engine.law import Floats, FunnelLaw
from planning.engine.open_pipeline import PipelineCredit

Z80 = float(special.ndtri(0.9))


@dataclass(frozen=True)
class QuadraticVariance:
    """Mean fixed + slope x leads, variance a + b x leads + c x leads^2, plan currency."""

    fixed: float
    slope: float
    a: float
    b: float
    c: float

    def mean(self, leads: float) -> float:
        return self.fixed + self.slope * leads

    def sd(self, leads: float) -> float:
        return float(np.sqrt(max(self.a + self.b * leads + self.c * leads**2, 0.0)))

    def chance_of(self, target: float, leads: float) -> float:
        """P(revenue >= target), normal approximation."""
        gap, sd = self.mean(leads) - target, self.sd(leads)
        if sd == 0:
            return float(gap >= 0)
        return float(special.ndtr(gap / sd))

    def exceeded_with(self, probability: float, leads: float) -> float:
        """The revenue that is exceeded with `probability`, never below zero."""
        return max(0.0, self.mean(leads) - float(special.ndtri(probability)) * self.sd(leads))

    def leads_for(self, target: float, confidence: float) -> float | None:
        """The fewest leads with P(revenue >= target) = `confidence` (0.5 .. 1).

        Root of (slope x - k)^2 = z^2 (a + b x + c x^2), k = target - fixed. None where rates are
        so uncertain that the spread outgrows the mean: then no number of leads is enough.
        """
        z2 = float(special.ndtri(confidence)) ** 2
        gap = target - self.fixed
        square, half = self.slope**2 - z2 * self.c, self.slope * gap + z2 * self.b / 2
        if square <= 1e-12 * self.slope**2:
            return None
        # The discriminant with its terms in slope^2 gap^2 cancelled by hand, so that nothing
        # is lost to rounding at a confidence of one half.
        inside = self.slope * (self.slope * self.a + gap * self.b) + self.c * gap**2
        inside += z2 * (self.b**2 / 4 - self.a * self.c)
        return max(0.0, (half + float(np.sqrt(max(z2 * inside, 0.0)))) / square)


def revenue_variance(
    law: FunnelLaw, parts: Floats, luck: float, slope: float, certain: float
) -> QuadraticVariance:
    """Mean and variance of window revenue as functions of the number of new leads.

    parts: float[S], revenue expected without new leads by the stage its subjects come from;
    luck: the variance of its sum from luck alone; slope: revenue per new lead; certain:
    revenue that carries no chance of its own (already won, repeat business).
    """
    spread = np.expm1(law.rate_covariance) + np.expm1(law.shock_sd**2)
    return QuadraticVariance(
        fixed=certain + float(parts.sum()),
        slope=slope,
        a=luck + float(parts @ spread @ parts),
        b=slope * law.size_biased_amount + 2 * slope * float(spread[0] @ parts),
        c=slope**2 * float(spread[0, 0]),
    )


def pipeline_luck(law: FunnelLaw, credit: PipelineCredit, revenue: Floats) -> Floats:
    """float[M]: variance from luck alone of float[S, M] revenue from open stays.

    Deals of known amount are won or not (Bernoulli, at the mean chance of their stage); the
    wins of the others are counted as Poisson.
    """
    unknown = credit.unknown * law.money_unit
    total = credit.amounts + unknown
    chance = np.clip(revenue / np.where(total > 0, total, 1.0)[:, None], 0, 1)
    deals = chance * (1 - chance) * credit.squared_amounts[:, None]
    others = np.where(total > 0, unknown / np.where(total > 0, total, 1.0), 1.0)
    return np.asarray((deals + others[:, None] * revenue * law.size_biased_amount).sum(axis=0))


def relative_rate_variance(parts: Floats, covariance: Floats, shock_sd: float) -> Floats:
    """float[M]: squared coefficient of variation of sums over parts, float[S, M]."""
    spread = np.expm1(covariance) + np.expm1(shock_sd**2)
    total = parts.sum(axis=0)
    share = parts / np.where(total > 0, total, 1.0)
    return np.asarray(np.einsum("im,ij,jm->m", share, spread, share))


def effective_events(mean: Floats, luck: Floats) -> Floats:
    """How many equal independent events have the mean and the variance `luck`."""
    certain = luck <= 1e-12 * mean**2
    events = mean * (mean / np.where(certain, 1.0, luck))
    return np.asarray(np.where(certain, 1e12, events))


def band80(mean: Floats, events: Floats, log_sd: Floats | float) -> tuple[Floats, Floats]:
    """The 80 % band of a flow: mean x exp(-+1.28 log_sd), widened by luck.

    events: how many equal independent events carry the mean; their luck is the gamma
    distribution of that shape, which unlike exp(+-1.28/sqrt(events)) stays sane where far
    less than one event is expected. Both half-widths are added in quadrature.
    """
    count = np.maximum(events, 1e-9)
    luck_low = 1 - special.gammaincinv(count, 0.1) / count
    luck_high = np.maximum(special.gammaincinv(count, 0.9) / count - 1, 0)
    low = np.hypot(luck_low, -np.expm1(-Z80 * np.asarray(log_sd)))
    high = np.hypot(luck_high, np.expm1(Z80 * np.asarray(log_sd)))
    return mean * np.clip(1 - low, 0, None), mean * (1 + high)
