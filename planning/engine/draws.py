"""Random courses of revenue: rates redrawn, wins by luck.

What chance.py says in moments, drawn: rates and shock are lognormal with mean one and stay the
same all year; new wins, and those of deals without an amount, are Poisson with gamma amounts;
deals of known amount are won or not, at the mean chance of their stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planning.engine.expected import Outlook
from planning.engine.law import Floats, FunnelLaw, Ints, OpenStays

# The largest deals are drawn one by one, so that two big ones make the four years they can make:
# at most so many, and only what is more than this share of all that is expected.
DRAWN_ALONE = 40
BIG_SHARE = 0.005
# From so many wins a month on their sum is a gamma distribution to the eye, at half the time.
MANY_WINS = 30.0
# Keeps the draws of a handful of deals clear of underflow.
LEAST_CONCENTRATION = 0.02


@dataclass(frozen=True, eq=False)
class Stream:
    """The revenue of one funnel, or of one segment of it: its open deals and float[M] leads."""

    law: FunnelLaw
    stays: OpenStays
    outlook: Outlook
    new_leads: Floats


@dataclass(frozen=True, eq=False)
class _Deals:
    """Open deals of known amount: chance float[S, M] of each to be won in each month; stage and
    amount float[K] of those drawn alone; amounts and squares float[S], sums of the others."""

    chance: Floats
    stage: Ints
    amount: Floats
    amounts: Floats
    squares: Floats


def draw_revenue(stream: Stream, shock: Floats, rng: np.random.Generator) -> Floats:
    """float[M, N]: revenue still to come by month in N years, one for each factor of shock."""
    factor = _rate_factors(stream.law, rng, shock.size) * shock
    deals = _deals(stream)
    outlook = stream.outlook
    counted = outlook.pipeline.revenue - deals.chance * _known(stream)[:, None]
    counted = counted + outlook.direct.revenue
    counted[0] += stream.new_leads @ outlook.per_lead.revenue
    revenue = _poisson(stream.law, np.maximum(counted, 0.0), factor, rng)
    revenue += _dirichlet(deals, factor, rng)
    for stage in np.unique(deals.stage):
        revenue += _one_by_one(deals, int(stage), factor[stage], rng)
    return revenue


def _rate_factors(law: FunnelLaw, rng: np.random.Generator, runs: int) -> Floats:
    """float[S, N]. A covariance of min(var_i, var_j) is a random walk looked at after var_i."""
    variance = np.diag(law.rate_covariance)
    order = np.argsort(variance)
    steps = np.sqrt(np.diff(variance[order], prepend=0.0))
    log = np.empty((variance.size, runs))
    log[order] = np.cumsum(steps[:, None] * rng.standard_normal((steps.size, runs)), axis=0)
    return np.asarray(np.exp(log - variance[:, None] / 2))


def _known(stream: Stream) -> Floats:
    """float[S]: the known amounts of open deals, summed."""
    return stream.outlook.credit.amounts


def _deals(stream: Stream) -> _Deals:
    law, stays, outlook = stream.law, stream.stays, stream.outlook
    credit = outlook.credit
    total = credit.amounts + credit.unknown * law.money_unit
    chance = outlook.pipeline.revenue / np.where(total > 0, total, 1.0)[:, None]
    # More than all of it can be won only by the rounding of an aged outlook.
    chance = chance / np.maximum(chance.sum(axis=1, keepdims=True), 1.0)
    big = BIG_SHARE * (outlook.pipeline.revenue.sum() + outlook.direct.revenue.sum())
    big += BIG_SHARE * float(np.sum(stream.new_leads @ outlook.per_lead.revenue))
    alone = np.flatnonzero((stays.count == 1) & (stays.amount > big))
    alone = alone[np.argsort(-stays.amount[alone], kind="stable")[:DRAWN_ALONE]]
    stage, amount = stays.stage[alone], stays.amount[alone]
    stages = len(law.stages)
    others = credit.amounts - np.bincount(stage, amount, stages)
    squares = credit.squared_amounts - np.bincount(stage, amount**2, stages)
    rounding = others <= 1e-9 * credit.amounts
    return _Deals(
        chance, stage, amount, np.where(rounding, 0.0, others), np.where(rounding, 0.0, squares)
    )


def _poisson(law: FunnelLaw, expected: Floats, factor: Floats, rng: np.random.Generator) -> Floats:
    """float[M, N] of expected float[S, M]: compound Poisson with gamma amounts."""
    mean = expected.T @ factor
    if not law.size_biased_amount:
        return mean
    revenue = np.zeros_like(mean)
    wins = mean / law.amount_per_win
    for month in np.flatnonzero(expected.sum(axis=0)):
        many = wins[month].mean() >= MANY_WINS
        draw = _sum_of_many if many else _sum_of_few
        revenue[month] = draw(wins[month], law.amount_cv**2, rng) * law.amount_per_win
    return revenue


def _sum_of_few(wins: Floats, spread: float, rng: np.random.Generator) -> Floats:
    """float[N]: sums of Poisson-many gamma amounts of mean one and variance `spread`."""
    number = rng.poisson(wins)
    if not spread:
        return number.astype(float)
    return np.asarray(rng.standard_gamma(number / spread) * spread)


def _sum_of_many(wins: Floats, spread: float, rng: np.random.Generator) -> Floats:
    """The same, by the gamma distribution with its mean and variance."""
    return np.asarray(rng.standard_gamma(wins / (1 + spread)) * (1 + spread))


def _dirichlet(deals: _Deals, factor: Floats, rng: np.random.Generator) -> Floats:
    """float[M, N]: what the many smaller deals bring.

    The shares of n equal deals that are won in each month, and in none, have the means and the
    covariances of a Dirichlet distribution of concentration n - 1; n is chosen to give the sum
    over all stages its variance.
    """
    months, runs = deals.chance.shape[1], factor.shape[1]
    total = deals.amounts.sum()
    ever = deals.chance.sum(axis=1)
    luck = float(ever * (1 - ever) @ deals.squares)
    if luck <= 0:
        return (deals.chance * deals.amounts[:, None]).T @ np.minimum(factor, _most(ever)[:, None])
    share = (deals.chance * (deals.amounts / total)[:, None]).T @ factor
    share /= np.maximum(share.sum(axis=0), 1.0)
    mean = float(ever @ deals.amounts / total)
    concentration = max(total**2 * mean * (1 - mean) / luck - 1, LEAST_CONCENTRATION)
    drawn = np.zeros((months + 1, runs))
    for month in np.flatnonzero(deals.chance.sum(axis=0)):
        drawn[month] = rng.standard_gamma(concentration * share[month])
    drawn[months] = rng.standard_gamma(concentration * (1 - share.sum(axis=0)).clip(0))
    drawn *= total / np.maximum(drawn.sum(axis=0), np.finfo(float).tiny)
    return drawn[:months]


def _most(ever: Floats) -> Floats:
    """The largest factor that leaves a chance a chance."""
    return np.asarray(1 / np.where(ever > 0, ever, 1.0))


def _one_by_one(deals: _Deals, stage: int, factor: Floats, rng: np.random.Generator) -> Floats:
    """float[M, N]: what the deals of one stage that are drawn alone bring."""
    own = deals.stage == stage
    months, runs = deals.chance.shape[1], factor.size
    by_then = np.cumsum(deals.chance[stage])
    level = rng.random((int(own.sum()), runs), dtype=np.float32)
    level /= factor.astype(np.float32)
    won = np.flatnonzero(level < by_then[-1])
    month = np.searchsorted(by_then, level.ravel()[won], side="right")
    deal, run = np.divmod(won, runs)
    amount = deals.amount[own][deal]
    revenue = np.bincount(month * runs + run, amount, months * runs)
    return np.asarray(revenue, float).reshape(months, runs)


def spawn(seed: int) -> Iterator[np.random.Generator]:
    """Independent generators, the same for the same seed."""
    root = np.random.SeedSequence(seed)
    while True:
        yield np.random.Generator(np.random.SFC64(root.spawn(1)[0]))
