"""Where everybody stands at an instant, and what the months before it brought."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation import Margins
from pipeline.estimation.arrays import Floats, Ints


@dataclass(frozen=True)
class Present:
    """S funnel stages, ladder stages first; n groups of open subjects, each of one stage and age
    bin; M months of history.

    stage int[n]; count float[n] subjects; age_days float[n] their mean age; known float[n] those
    with an amount, amount and amount_sq float[n] their sums;
    months int[M]: month numbers from the first of the history to that of the instant;
    entries float[M, S]: stays begun; wins float[M]: deals won; won float[M]: their amounts, deals
    without one at the mean.
    """

    stage: Ints
    count: Floats
    age_days: Floats
    known: Floats
    amount: Floats
    amount_sq: Floats
    months: Ints
    entries: Floats
    wins: Floats
    won: Floats


def look_around(parts: list[Margins]) -> Present:
    """``parts`` are the ladder, if there is one, and the pipeline.

    Archived subjects are in nobody's hands any more and left out of those that stand open.
    """
    offsets = np.cumsum([0, *(len(part.stages.open) for part in parts)])
    groups = [part.cohorts for part in parts]
    deals = parts[-1]
    months = np.arange(min(part.months[0] for part in parts), deals.months[-1] + 1)
    unpriced = deals.won.wins - deals.won.priced
    worth = deals.won.amount + unpriced * (deals.won.mean_amount or 0.0)
    return Present(
        stage=np.concatenate([g.stage + at for g, at in zip(groups, offsets, strict=False)]),
        count=np.concatenate([group.count for group in groups]),
        age_days=np.concatenate([group.age_days for group in groups]),
        known=np.concatenate([group.known for group in groups]),
        amount=np.concatenate([group.amount for group in groups]),
        amount_sq=np.concatenate([group.amount_sq for group in groups]),
        months=months,
        entries=np.hstack([_entries(part, months) for part in parts]),
        wins=_by_month(deals.won.month, deals.won.wins, months),
        won=_by_month(deals.won.month, worth, months),
    )


def _entries(part: Margins, months: Ints) -> Floats:
    table = np.zeros((len(months), len(part.stages.open)))
    table[part.months - months[0]] = part.entries[:, part.stages.open]
    return table


def _by_month(month: Ints, sums: Floats, months: Ints) -> Floats:
    table = np.zeros(len(months))
    table[month - months[0]] = sums
    return table
