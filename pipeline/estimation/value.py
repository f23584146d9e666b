"""Amounts: what rates weighted by money need, and when they must be refused."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pipeline.estimation.arrays import Floats
from pipeline.estimation.counts import EventCounts, count_stays
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import OPEN, Stays

TOLERATED_GAP = 0.1
"""Shares of deals with an amount may differ by this much between outcomes, and by luck."""


class Refusal(StrEnum):
    """Why there is no rate by value."""

    NO_AMOUNTS = "no_amounts"
    DEPENDS_ON_OUTCOME = "amounts_depend_on_outcome"


@dataclass(frozen=True)
class AmountCounts:
    """Sums over the stays that have a positive amount, each float[64, ...]: `amounts` in
    money (with squares), `priced` their number."""

    amounts: EventCounts
    priced: EventCounts


@dataclass(frozen=True)
class Outcomes:
    """A sum over subjects by where they are now."""

    won: float
    lost: float
    open: float

    @property
    def total(self) -> float:
        return self.won + self.lost + self.open


def count_amounts(stays: Stays) -> AmountCounts | None:
    """Amount counts of stays; None where the history carries no amounts at all."""
    if stays.amount is None:
        return None
    amount = np.nan_to_num(stays.amount)
    priced = count_stays(stays, weight=(amount > 0).astype(float))
    return AmountCounts(count_stays(stays, weight=amount), priced)


def once_a_deal(stays: Stays) -> Floats:
    """float[d]: the amount of every subject, won or not, nan where unknown."""
    if stays.amount is None:
        return stays.wins.amount
    return np.concatenate([stays.amount[stays.destination == OPEN], stays.wins.amount])


def at_the_mean(amount: Floats, among: Floats) -> Floats:
    """`amount` float[n], where unknown the mean of those that are known in `among` float[m]."""
    known = among[among > 0]
    return np.where(amount > 0, amount, known.mean() if len(known) else 0.0)


def outcomes(counts: EventCounts, stages: StageList, *, squared: bool = False) -> Outcomes:
    """Every subject once: moves to won, and the stays that have not ended."""
    events = counts.events_sq if squared else counts.events
    censored = counts.censored_sq if squared else counts.censored
    resting = censored.sum(axis=-1).reshape(-1, len(stages)).sum(axis=0)
    won = events[..., stages.won, :].sum()
    return Outcomes(float(won), float(resting[stages.lost]), float(resting[stages.open].sum()))


def refusal(counts: EventCounts, priced: EventCounts, stages: StageList) -> Refusal | None:
    """Whether the amounts can carry a rate.

    Where deals of one outcome have amounts and those of another have none, weighting by
    amount would compare the outcome with itself.
    """
    all_deals, with_amount = outcomes(counts, stages), outcomes(priced, stages)
    if not with_amount.total:
        return Refusal.NO_AMOUNTS
    shares = [_share(with_amount.won, all_deals.won)]
    shares.append(_share(with_amount.lost, all_deals.lost))
    shares.append(_share(with_amount.open, all_deals.open))
    if any(_differ(one, other) for one in shares for other in shares):
        return Refusal.DEPENDS_ON_OUTCOME
    return None


def _share(part: float, whole: float) -> tuple[float, float]:
    return (part / whole if whole else 0.0), whole


def _differ(one: tuple[float, float], other: tuple[float, float]) -> bool:
    (share, n), (other_share, m) = one, other
    if not n or not m:
        return False
    pooled = (share * n + other_share * m) / (n + m)
    luck = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return bool(share - other_share > TOLERATED_GAP + 2 * luck)
