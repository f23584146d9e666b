"""Rates of many segments at once: small ones lean on what the others have shown."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from pipeline.estimation.arrays import Floats

KAPPAS = np.geomspace(2, 2048, 11)
"""From segments that have little in common to segments that are as good as one."""

MU_NODES = 25
MU_REACH = 4.0
LOGITS = np.linspace(-12, 12, 1201)
CELLS = 400
WINDOW = 6.0
NEGLIGIBLE = 1e-7


@dataclass(frozen=True)
class Pooled:
    """Posterior of the rate of each of G segments: mean, standard deviation `sd` and
    equal-tailed bands, float[G].

    `mu` and `kappa` are posterior means of what the segments have in common: their rates
    scatter as Beta(mu · kappa, (1 − mu) · kappa). kappa is averaged on the log.
    """

    rate: Floats
    sd: Floats
    low80: Floats
    high80: Floats
    low90: Floats
    high90: Floats
    mu: float
    kappa: float


@dataclass(frozen=True)
class _Grid:
    """Nodes float[J] of (mu, kappa), and the logarithm of the prior mass each stands for."""

    mu: Floats
    kappa: Floats
    log_prior: Floats


@dataclass(frozen=True)
class _Posterior:
    """Evidence log_evidence float[G, J] of each segment alone, and weight float[J] by all."""

    grid: _Grid
    log_evidence: Floats
    log_weight: Floats

    @property
    def weight(self) -> Floats:
        return np.asarray(special.softmax(self.log_weight))

    def prior_of_each(self) -> Floats:
        """float[G, len(LOGITS)]: density by logit of each segment's rate before it is seen,
        from what the other segments have shown."""
        log_others = self.log_weight - self.log_evidence
        others = np.asarray(special.softmax(log_others, axis=1))
        kept = others.max(axis=0, initial=0.0) > NEGLIGIBLE
        mu, kappa = self.grid.mu[kept, None], self.grid.kappa[kept, None]
        wins, losses = mu * kappa, (1 - mu) * kappa
        log_density = wins * special.log_expit(LOGITS) + losses * special.log_expit(-LOGITS)
        density = np.exp(log_density - special.betaln(wins, losses))
        # As a product of matrices this would wait for threads, long ones on a busy machine.
        return np.asarray(np.einsum("gj,jl->gl", others[:, kept], density))


def pool_rates(rate: Floats, n_eff: Floats) -> Pooled:
    """Hierarchical beta-binomial over a (mu, kappa) grid; rate, n_eff float[G].

    `n_eff` is as how many stays the raw rate counts. A rate of nan, or an n_eff of 0, says
    nothing: such a segment gets what the others let expect. The prior is Jeffreys' for mu
    and flat for the scatter of the rates, 1 / √kappa. Each band is that of the mixture of
    betas over the whole grid, not of the one beta at its best point. Gelman and others,
    Bayesian Data Analysis (3rd ed., 2013), 5.3 and 5.7.
    """
    seen = np.where(np.isfinite(rate), np.maximum(n_eff, 0.0), 0.0)
    wins = np.clip(np.nan_to_num(rate), 0.0, 1.0) * seen
    posterior = _posterior(wins, seen)
    mean, sd = _moments(posterior, wins, seen)
    edges, rising = _distribution(posterior, wins, seen, mean, sd)
    low90, low80, high80, high90 = (
        _quantile(edges, rising, level) for level in (0.05, 0.1, 0.9, 0.95)
    )
    grid, weight = posterior.grid, posterior.weight
    return Pooled(
        mean,
        sd,
        # A mean is pulled by a long tail, and may lie past an end of the band.
        np.minimum(low80, mean),
        np.maximum(high80, mean),
        np.minimum(low90, mean),
        np.maximum(high90, mean),
        float(weight @ grid.mu),
        float(np.exp(weight @ np.log(grid.kappa))),
    )


def _posterior(wins: Floats, seen: Floats) -> _Posterior:
    grid = _grid(wins, seen)
    a, b = grid.mu * grid.kappa, (1 - grid.mu) * grid.kappa
    together = special.betaln(wins[:, None] + a, (seen - wins)[:, None] + b)
    log_evidence = together - special.betaln(a, b)
    return _Posterior(grid, log_evidence, grid.log_prior + log_evidence.sum(axis=0))


def _grid(wins: Floats, seen: Floats) -> _Grid:
    """For each kappa, mu where the data leave it: with 10 stays all over, with 1e6 close by."""
    kappa = KAPPAS[:, None]
    told = seen * (kappa + 1) / (seen + kappa)
    information = told.sum(axis=1) + 1.0
    raw = np.divide(wins, seen, out=np.zeros_like(wins), where=seen > 0)
    centre = ((told * raw).sum(axis=1) + 0.5) / information
    sd = 1 / np.sqrt(information * centre * (1 - centre))
    step = sd[:, None] * np.linspace(-MU_REACH, MU_REACH, MU_NODES)
    mu = special.expit(special.logit(centre)[:, None] + step)
    # Jeffreys' prior is √(μ(1 − μ)) by logit, and a node stands for a width of sd; a prior flat
    # for the scatter of the rates, √(1 / kappa), is as much by the logarithm of kappa.
    log_prior = np.log(mu * (1 - mu)) / 2 + np.log(sd[:, None] / np.sqrt(kappa))
    return _Grid(mu.ravel(), np.repeat(KAPPAS, MU_NODES), log_prior.ravel())


def _moments(posterior: _Posterior, wins: Floats, seen: Floats) -> tuple[Floats, Floats]:
    grid = posterior.grid
    size = grid.kappa + seen[:, None]
    mean = (grid.mu * grid.kappa + wins[:, None]) / size
    square = mean * (1 - mean) / (size + 1) + mean**2
    centre = mean @ posterior.weight
    variance = np.maximum(square @ posterior.weight - centre**2, 0.0)
    return centre, np.sqrt(variance)


def _distribution(
    posterior: _Posterior, wins: Floats, seen: Floats, mean: Floats, sd: Floats
) -> tuple[Floats, Floats]:
    """Edges float[G, CELLS + 1] around each mean, and the share of the posterior up to each.

    The posterior of a segment is its likelihood times what the others let expect of it.
    """
    low, high = np.maximum(mean - WINDOW * sd, 0.0), np.minimum(mean + WINDOW * sd, 1.0)
    # Even steps of the arcsine are fine where a rate is close to 0 or 1.
    first, last = np.arcsin(np.sqrt(low)), np.arcsin(np.sqrt(high))
    edges = np.sin(first[:, None] + (last - first)[:, None] * np.linspace(0, 1, CELLS + 1)) ** 2
    middle = (edges[:, 1:] + edges[:, :-1]) / 2
    before = np.log(_interpolate(posterior.prior_of_each(), special.logit(middle)))
    after = before + (wins[:, None] - 1) * np.log(middle)
    after += (seen - wins - 1)[:, None] * np.log1p(-middle) + np.log(np.diff(edges))
    rising = np.zeros_like(edges)
    np.cumsum(special.softmax(after, axis=1), axis=1, out=rising[:, 1:])
    return edges, rising


def _interpolate(heights: Floats, at: Floats) -> Floats:
    place = (at - LOGITS[0]) / (LOGITS[1] - LOGITS[0])
    place = np.clip(place, 0, len(LOGITS) - 1.001)
    left = place.astype(np.intp)
    lower = np.take_along_axis(heights, left, axis=1)
    upper = np.take_along_axis(heights, left + 1, axis=1)
    height = lower + (upper - lower) * (place - left)
    return np.asarray(np.maximum(height, np.finfo(float).tiny))


def _quantile(edges: Floats, rising: Floats, level: float) -> Floats:
    rows = zip(rising, edges, strict=True)
    return np.array([np.interp(level, share, edge) for share, edge in rows], float)
