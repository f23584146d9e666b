"""What becomes of the customers of each segment that a ladder hands over."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen, speaking_ages
from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_BINS, age_bin_between
from pipeline.estimation.chain import reach_probability
from pipeline.estimation.counts import EventCounts
from pipeline.estimation.handover import Handover
from pipeline.estimation.jackknife import log_sd
from pipeline.estimation.join import Join
from pipeline.estimation.level import adjust
from pipeline.estimation.rates import Rates
from pipeline.estimation.segment_leaning import Leaning, lean, n_eff_of, share_of


@dataclass(frozen=True)
class SegmentWins:
    """P(at least one win | handed over) of each of G segments, beside the `join` of all.

    handed_over int[G] entries into the handing-over stage; raw float[G] what each segment shows by
    itself, nan where nobody was handed over; `leaning` as it is believed.
    """

    join: Join
    handed_over: Ints
    raw: Floats
    leaning: Leaning


def wins_by_segment(handover: Handover, segment: Ints, *, segments: int, join: Join) -> SegmentWins:
    """`segment` int[n] is one an entry of `handover`, −1 in none; `join` is that of all entries.

    As of any stage, those of a segment that nobody was watched long enough to speak for are taken
    to win as often as all of their age, and a segment leans on the others as far as all are alike.
    """
    waiting, wins = _by_age(handover, segment, segments)
    whole = aalen_johansen(_counts(*_by_age(handover, np.zeros_like(segment), 1))).at(0)
    own = _own_estimate(_counts(waiting, wins), whole)
    handed_over = _observed(handover, segment, segments)
    raw = np.where(handed_over.sum(axis=-1) > 0, own.reached[:, 0, 0], np.nan)
    told = handed_over @ _told(whole)
    every = float(_observed(handover, np.zeros_like(segment), 1)[0] @ _told(whole))
    spread = log_sd(join.wins[:, None], np.array([every]))
    share = share_of(n_eff_of(join.wins[:1], spread), np.array([every]))
    leaning = lean(raw, told * share[0], float(join.wins[0]))
    return SegmentWins(join, handed_over.sum(axis=-1).astype(np.int64), raw, leaning)


@dataclass(frozen=True)
class After:
    """What is to come from one stage of a ladder: `reach`, how probably all of those in it are
    handed over, and the wins after that; `is_there` in the handing-over stage itself."""

    reach: float
    is_there: bool
    wins: SegmentWins

    @classmethod
    def at(cls, stage: int, reach: Floats | None, wins: SegmentWins | None) -> "After | None":
        if reach is None or wins is None:
            return None
        return cls(float(reach[0, stage]), stage == wins.join.hands_over, wins)

    def success(self, reach: Leaning) -> Leaning:
        """Of each segment, being handed over and then won: the product of two that are independent.

        Bands by square-and-add on the logarithm: Zou and Donner, Statistics in Medicine 27
        (2008), 1693-1702. Thin, and so the whole's, where both are.
        """
        wins = self.wins.leaning
        if self.is_there:
            return wins
        low80, high80 = _band(reach, wins, "low80", "high80")
        low90, high90 = _band(reach, wins, "low90", "high90")
        return Leaning(
            reach.rate * wins.rate,
            low80,
            high80,
            low90,
            high90,
            reach.n_eff,
            np.hypot(reach.log_sd, wins.log_sd),
            reach.thin & wins.thin,
            reach.alike,
        )


def reach_of(whole: Rates, hands_over: int) -> Floats:
    """float[65, S]: probability of being handed over, all buckets and all but each one."""
    return reach_probability(whole.replicates, whole.stages, hands_over)


def _band(reach: Leaning, wins: Leaning, low: str, high: str) -> tuple[Floats, Floats]:
    rate = reach.rate * wins.rate
    parts = ((reach.rate, reach), (wins.rate, wins))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        below = np.hypot(*(np.log(mean / getattr(part, low)) for mean, part in parts))
        above = np.hypot(*(np.log(getattr(part, high) / mean) for mean, part in parts))
        lowest, highest = rate * np.exp(-below), np.minimum(rate * np.exp(above), 1.0)
    # Where nobody was ever won the rate is nothing, and its logarithm knows no band.
    none = rate == 0
    most = getattr(reach, high) * getattr(wins, high)
    return np.where(none, 0.0, lowest), np.where(none, most, highest)


def _own_estimate(counts: EventCounts, whole: AalenJohansen) -> AalenJohansen:
    """Own hazards at the ages that a segment can speak for, else those of all."""
    own = aalen_johansen(counts, within=speaking_ages(counts) & (whole.at_risk > 0))
    speaks = (own.at_risk > 0)[..., None, :]
    hazards = np.where(speaks, own.hazards, whole.hazards)
    return adjust(replace(own, hazards=hazards), np.ones((1, 1)))


def _told(whole: AalenJohansen) -> Floats:
    """float[A]: as how many entries one counts that has been watched up to each age.

    Of those who win in the end the share G has won by then: what the entry tells of their number
    (Fisher's information) is G (1 − q) / (1 − q G) of what it will tell at last. Where nobody was
    ever won, nobody knows how long that takes, and each entry counts as one.
    """
    won = whole.incidence[0, 0]
    q = float(won[-1])
    if not 0 < q < 1:
        return np.ones(AGE_BINS)
    seen = won / q
    return np.asarray(seen * (1 - q) / (1 - q * seen))


def _by_age(handover: Handover, segment: Ints, segments: int) -> tuple[Floats, Floats]:
    """Entries without a win by their age so far, those with one by that at the first:
    float[segments, A] each."""
    won = handover.first_win < handover.as_of
    end = np.where(won, handover.first_win, handover.as_of)
    age = age_bin_between(handover.entered, end)
    inside = segment >= 0
    waiting = _table(segment, age, inside & ~won, segments)
    return waiting, _table(segment, age, inside & won, segments)


def _observed(handover: Handover, segment: Ints, segments: int) -> Floats:
    """float[segments, A]: entries by their age so far, won or not."""
    so_far = np.full_like(handover.entered, handover.as_of)
    age = age_bin_between(handover.entered, so_far)
    return _table(segment, age, segment >= 0, segments)


def _table(segment: Ints, age: Ints, rows: Bools, segments: int) -> Floats:
    key = segment[rows].astype(np.int64) * AGE_BINS + age[rows]
    sums = np.bincount(key, minlength=segments * AGE_BINS)
    return sums.reshape(segments, AGE_BINS).astype(np.float64)


def _counts(waiting: Floats, wins: Floats) -> EventCounts:
    """As of one stage with one way out."""
    events, censored = wins[:, None, None, :], waiting[:, None, :]
    return EventCounts(events, censored, events, censored)
