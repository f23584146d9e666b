"""Where everybody stands at ``as_of``, and what the months before it brought."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation import MonthOf, Stays, Wins
from pipeline.estimation.arrays import Floats, Ints


@dataclass(frozen=True)
class Present:
    """S funnel stages, ladder stages first; n open subjects; M months of history.

    subject int[n]: ids of customers and deals; stage int[n], age_days float[n], amount float[n]
    (NaN for customers and unknown amounts);
    months int[M]: month numbers from the first of the history to that of ``as_of``;
    entries float[M, S]: stays begun; wins float[M]: deals won; won float[M]: their amounts, deals
    without one at the mean.
    """

    subject: Ints
    stage: Ints
    age_days: Floats
    amount: Floats
    months: Ints
    entries: Floats
    wins: Floats
    won: Floats


def look_around(parts: list[Stays], *, amount_per_win: float, month_of: MonthOf) -> Present:
    """``parts`` are the stays of the ladder, if there is one, and those of the pipeline.

    Archived subjects are in nobody's hands any more and left out of those that stand open.
    """
    offsets = np.cumsum([0, *(len(part.stages.open) for part in parts)])
    shifted = list(zip(parts, offsets, strict=False))
    as_of, wins = parts[0].as_of, parts[-1].wins
    first = min(int(at.min(initial=as_of)) for at in (wins.at, *(part.entered for part in parts)))
    ends = month_of(np.array([first, as_of], np.int64))
    months = np.arange(ends[0], ends[1] + 1)
    return Present(
        subject=np.concatenate([part.subject[part.is_open_deal()] for part in parts]),
        stage=np.concatenate([part.stage[part.is_open_deal()] + at for part, at in shifted]),
        age_days=np.concatenate([part.age_days()[part.is_open_deal()] for part in parts]),
        amount=np.concatenate([_amount(part)[part.is_open_deal()] for part in parts]),
        months=months,
        entries=np.hstack([_entries(part, months, month_of) for part in parts]),
        wins=_sum_by_month(wins, np.ones(len(wins.at)), months, month_of),
        won=_sum_by_month(wins, np.nan_to_num(wins.amount, nan=amount_per_win), months, month_of),
    )


def _amount(stays: Stays) -> Floats:
    return np.full(len(stays), np.nan) if stays.amount is None else stays.amount


def _entries(stays: Stays, months: Ints, month_of: MonthOf) -> Floats:
    table = np.zeros((len(months), len(stays.stages)))
    np.add.at(table, (month_of(stays.entered) - months[0], stays.stage), 1)
    return table[:, stays.stages.open]


def _sum_by_month(wins: Wins, worth: Floats, months: Ints, month_of: MonthOf) -> Floats:
    summed = np.zeros(len(months))
    np.add.at(summed, month_of(wins.at) - months[0], worth)
    return summed
