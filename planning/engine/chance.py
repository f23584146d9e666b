"""How sure a number is: compound Poisson sales, uncertain rates, and a shock common to all.

The variance of revenue R, with R_i what comes from subjects now in stage i (new leads: stage 0):

    Var R = sum of squared amounts           luck: a^2 p for Poisson wins, a^2 p (1 - p) for deals
          + sum_ij R_i R_j (e^x_ij - 1)      x = c_ij + s^2, c the covariance of the log
                                             success rates, s the standard deviation of the
                                             log of the shock

Rates and shock are lognormal with mean one, hence e^x - 1. For a sum of N gamma-like amounts
the first line is E[N] E[X^2] (Wald; Ross, Introduction to Probability Models, section 3.4).
Its third moment is E[N] E[X^3], for gamma amounts (1 + 2 cv^2) / (1 + cv^2) times its variance
squared over its mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from planning.engine.law import Floats, FunnelLaw
from planning.engine.open_pipeline import Stock
from planning.engine.skewed import Skewed

Z80 = float(special.ndtri(0.9))


@dataclass(frozen=True)
class QuadraticVariance:
    """Mean fixed + slope x leads, variance a + b x leads + c x leads^2, plan currency.

    certain: the part of `fixed` without a chance of its own; luck, luck_slope: the part of the
    variance luck + luck_slope x leads that would be left if rates were known; lumpiness: its
    skewness over its coefficient of variation (1 for wins of one size, 2 at most).
    """

    fixed: float
    slope: float
    a: float
    b: float
    c: float
    certain: float = 0.0
    luck: float = 0.0
    luck_slope: float = 0.0
    lumpiness: float = 1.0

    def mean(self, leads: float) -> float:
        return self.fixed + self.slope * leads

    def sd(self, leads: float) -> float:
        return float(np.sqrt(max(self.a + self.b * leads + self.c * leads**2, 0.0)))

    def chance_of(self, target: float, leads: float) -> float:
        """P(revenue >= target)."""
        if self._is_certain(leads):
            return float(self.mean(leads) >= target)
        return self._revenue(leads).chance_of(target)

    def exceeded_with(self, probability: float, leads: float) -> float:
        """The revenue that is exceeded with `probability`, never below zero."""
        if self._is_certain(leads):
            return max(0.0, self.mean(leads))
        return max(0.0, self._revenue(leads).exceeded_with(probability))

    def secured_with(self, confidence: float | None, leads: float) -> float:
        """What a plan of that confidence may count on: what is exceeded with it (below zero where
        that is far off); the mean where it is None."""
        if confidence is None or self._is_certain(leads):
            return self.mean(leads)
        return self._revenue(leads).exceeded_with(confidence)

    def reaches(self, target: float, leads: float, confidence: float | None) -> bool:
        """Whether the leads are enough."""
        return self.secured_with(confidence, leads) >= target

    def times(self, factor: float) -> QuadraticVariance:
        """The same in units of `factor` leads."""
        return replace(
            self,
            slope=self.slope * factor,
            b=self.b * factor,
            c=self.c * factor**2,
            luck_slope=self.luck_slope * factor,
        )

    def leads_for(self, target: float, confidence: float | None) -> float | None:
        """The fewest leads with P(revenue >= target) of at least `confidence` (0.5 .. 1), or with
        a mean of the target where it is None.

        None where rates are so uncertain that z standard deviations of them outgrow the mean:
        then it is no plan that more leads would help.
        """
        few = max((target - self.fixed) / self.slope, 0.0) if self.slope else 0.0
        if confidence is None:
            return few if self.slope else None
        z = float(special.ndtri(confidence))
        if self.slope**2 - z**2 * self.c <= 1e-12 * self.slope**2:
            return None
        # Skewness is to the right, so that the mean is what is exceeded with one half or less.
        if self.reaches(target, few, confidence):
            return few
        many = max(2 * few, 1.0)
        while not self.reaches(target, many, confidence):
            few, many = many, 2 * many

        def missing(leads: float) -> float:
            return self.secured_with(confidence, leads) - target

        return self._no_fewer(
            float(optimize.brentq(missing, few, many, xtol=1e-12 * many, rtol=1e-13)),
            target,
            confidence,
        )

    def _no_fewer(self, leads: float, target: float, confidence: float) -> float:
        """The root is as often a hair too few as one too many: a hair more, till it is enough."""
        step = 1e-13
        while self.chance_of(target, leads) < confidence and step < 1e-6:
            leads, step = leads * (1 + step), 2 * step
        return leads

    def _is_certain(self, leads: float) -> bool:
        return self.sd(leads) <= 1e-9 * abs(self.mean(leads))

    def _revenue(self, leads: float) -> Skewed:
        """Given rates, luck has the third moment lumpiness x luck^2 / mean; and rates that
        multiply the mean by a lognormal factor, of relative variance r, add the rest."""
        mean, sd = self.mean(leads), self.sd(leads)
        moved = mean - self.certain
        if moved <= 0 or sd == 0:
            return Skewed(mean, sd, 0.0)
        luck = min(self.luck + self.luck_slope * leads, sd**2)
        rates = (sd**2 - luck) / moved**2
        third = self.lumpiness * luck**2 / moved + 3 * moved * luck * rates
        third += moved**3 * rates**2 * (3 + rates)
        return Skewed(mean, sd, third / sd**3)


def revenue_variance(
    law: FunnelLaw,
    parts: Floats,
    luck: float,
    slope: float,
    certain: float,
    size_biased_amount: float | None = None,
) -> QuadraticVariance:
    """Mean and variance of window revenue as functions of the number of new leads.

    parts: float[S], revenue expected without new leads by the stage its subjects come from;
    luck: the variance of its sum from luck alone; slope: revenue per new lead; certain:
    revenue that carries no chance of its own (already won, repeat business).
    size_biased_amount: that of the new leads' wins where it is not the law's. Leads of several
    segments that share their rates are one sum: parts are added up, and slope and amount are
    means over the leads.
    """
    amount = law.size_biased_amount if size_biased_amount is None else size_biased_amount
    spread = np.expm1(law.rate_covariance + law.shock_sd**2)
    return QuadraticVariance(
        fixed=certain + float(parts.sum()),
        slope=slope,
        a=luck + float(parts @ spread @ parts),
        b=slope * amount + 2 * slope * float(spread[0] @ parts),
        c=slope**2 * float(spread[0, 0]),
        certain=certain,
        luck=luck,
        luck_slope=slope * amount,
        lumpiness=(1 + 2 * law.amount_cv**2) / (1 + law.amount_cv**2),
    )


def pipeline_luck(law: FunnelLaw, stock: Stock, revenue: Floats) -> Floats:
    """float[M]: variance from luck alone of float[S, M] revenue from open stays.

    Deals of known amount are won or not (Bernoulli, at the mean chance of their stage); the
    wins of the others are counted as Poisson.
    """
    unknown = stock.unknown * law.money_unit
    total = stock.amounts + unknown
    chance = np.clip(revenue / np.where(total > 0, total, 1.0)[:, None], 0, 1)
    deals = chance * (1 - chance) * stock.squared_amounts[:, None]
    others = np.where(total > 0, unknown / np.where(total > 0, total, 1.0), 1.0)
    return np.asarray((deals + others[:, None] * revenue * law.size_biased_amount).sum(axis=0))


def relative_rate_variance(parts: Floats, covariance: Floats, shock_sd: float) -> Floats:
    """float[M]: squared coefficient of variation of sums over parts, float[S, M]."""
    spread = np.expm1(covariance + shock_sd**2)
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
