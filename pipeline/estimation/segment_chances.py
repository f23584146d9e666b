"""Whether the chances of open deals are better told by segment, and those chances."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import age_bin
from pipeline.estimation.estimate import rates_of_stays
from pipeline.estimation.rates import Rates
from pipeline.estimation.segment_levels import segment_levels, segment_win_probability
from pipeline.estimation.stays import OPEN, Stays, Wins
from pipeline.estimation.win_probability import WinProbability

TEST_SHARE = 1 / 3
"""The end of the history on which chances are tried that its beginning foretold."""

LOOKS = 4
"""Instants in that end at which the deals then open are tried."""

LEAST_NATS = 3.0
SURELY = 2.0
"""A gain counts where it is worth twenty to one and twice its standard error."""

SURE = 1e-4


@dataclass(frozen=True)
class Gain:
    """What chances by segment gained over those of all deals.

    On `deals` deals that were open after a cut and have ended since: `nats` of log-likelihood with
    standard error `sd`, and the mean squared errors (Brier, 1950) of both.
    """

    deals: int
    nats: float
    sd: float
    brier: float | None
    brier_whole: float | None

    @property
    def is_real(self) -> bool:
        return self.nats >= LEAST_NATS and self.nats > SURELY * self.sd


def gain_by_segment(stays: Stays, segment: Ints, *, segments: int) -> Gain:
    """Tries chances by `segment` (int[n], one a stay, −1 in none) out of sample.

    What was known at a cut, two thirds through the history, makes both. They are judged by what
    became, by `as_of`, of the deals that were open at some instants since; deals that are still
    open say nothing of either, and those that were open at many count once.
    """
    if not len(stays) or not segments:
        return Gain(0, 0.0, 0.0, None, None)
    cut = round(stays.as_of - TEST_SHARE * (stays.as_of - int(stays.entered.min())))
    known, rows = _known_at(stays, cut)
    whole = rates_of_stays(known)
    table = chances_by_segment(known, segment[rows], segments=segments, shape=whole, now=whole)
    every = whole.win_probability.table[0]
    tried = [
        _tried_at(stays, segment, round(instant))
        for instant in np.linspace(cut, stays.as_of, LOOKS, endpoint=False)
    ]
    subject, part, stage, age = (np.concatenate(column) for column in zip(*tried, strict=True))
    won, ended = _ends(stays, subject)
    mine, other = table.table[part, stage, age], every[stage, age]
    kept = ended & np.isfinite(mine) & np.isfinite(other)
    return _gain(subject[kept], mine[kept], other[kept], won[kept])


def _tried_at(stays: Stays, segment: Ints, instant: int) -> tuple[Ints, Ints, Ints, Ints]:
    """The deals in a segment that were open: subject, segment, stage and age bin."""
    known, rows = _known_at(stays, instant)
    tried = np.flatnonzero(known.is_open_deal() & (segment[rows] >= 0))
    age = age_bin(known.age_days()[tried])
    return known.subject[tried], segment[rows][tried], known.stage[tried], age


def chances_by_segment(
    stays: Stays, segment: Ints, *, segments: int, shape: Rates, now: Rates
) -> WinProbability:
    """P(won | stage, age) of each segment: table float[G, K, A], bins_seen int[G, K].

    The level of a segment is its moves beside those that `shape`, the rates of the same stays,
    lets expect; it is applied to the rates `now`, which may be at a level of their own.
    """
    levels = segment_levels(stays, segment, segments=segments, shape=shape.estimate)
    return segment_win_probability(levels.theta, now.estimate, stays.stages)


def _known_at(stays: Stays, cut: int) -> tuple[Stays, Ints]:
    """The stays as they stood at an earlier instant, and the rows of `stays` that they are."""
    rows = np.flatnonzero(stays.entered < cut)
    is_open = stays.left[rows] >= cut
    won_by = stays.wins.at < cut
    known = replace(
        stays,
        as_of=cut,
        subject=stays.subject[rows],
        stage=stays.stage[rows],
        entered=stays.entered[rows],
        left=np.where(is_open, cut, stays.left[rows]),
        destination=np.where(is_open, OPEN, stays.destination[rows]),
        bucket=stays.bucket[rows],
        amount=None,
        wins=Wins(*(column[won_by] for column in vars(stays.wins).values())),
    )
    return known, rows


def _ends(stays: Stays, subject: Ints) -> tuple[Bools, Bools]:
    """Of each subject whether it stands won, and whether it stands won or lost."""
    resting = (stays.destination == OPEN) & (stays.stage == stays.stages.lost)
    won = np.isin(subject, stays.wins.subject)
    return won, won | np.isin(subject, stays.subject[resting])


def _gain(subject: Ints, mine: Floats, other: Floats, won: Bools) -> Gain:
    if not len(subject):
        return Gain(0, 0.0, 0.0, None, None)
    each = _mean_of(subject, _log_likelihood(mine, won) - _log_likelihood(other, won))
    return Gain(
        len(each),
        float(each.sum()),
        float(each.std() * np.sqrt(len(each))),
        float(_mean_of(subject, (mine - won) ** 2).mean()),
        float(_mean_of(subject, (other - won) ** 2).mean()),
    )


def _mean_of(subject: Ints, value: Floats) -> Floats:
    """One number a subject."""
    _subjects, place = np.unique(subject, return_inverse=True)
    return np.bincount(place, value) / np.bincount(place)


def _log_likelihood(chance: Floats, won: Bools) -> Floats:
    chance = np.clip(chance, SURE, 1 - SURE)
    return np.where(won, np.log(chance), np.log1p(-chance))
