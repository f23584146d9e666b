"""Where everybody stands at ``as_of``, and what the months before it brought."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation import MonthOf, Stays
from pipeline.histories import Floats, Ints


@dataclass(frozen=True)
class Present:
    """S funnel stages, ladder stages first; n open subjects; M months of history.

    stage int[n], age_days float[n], amount float[n] (NaN for customers and unknown amounts);
    months int[M]: month numbers from the first of the history to that of ``as_of``;
    entries float[M, S]: stays begun; won float[M]: amounts won, deals without one at the mean.
    """

    stage: Ints
    age_days: Floats
    amount: Floats
    months: Ints
    entries: Floats
    won: Floats


def look_around(parts: list[Stays], *, amount_per_win: float, month_of: MonthOf) -> Present:
    """``parts`` are the stays of the ladder, if there is one, and those of the pipeline."""
    offsets = np.cumsum([0, *(len(part.stages.open) for part in parts)])
    shifted = list(zip(parts, offsets, strict=False))
    first = min((int(part.entered.min()) for part in parts if len(part)), default=parts[0].as_of)
    ends = month_of(np.array([first, parts[0].as_of], np.int64))
    months = np.arange(ends[0], ends[1] + 1)
    return Present(
        stage=np.concatenate([part.stage[part.is_open_deal()] + at for part, at in shifted]),
        age_days=np.concatenate([part.age_days()[part.is_open_deal()] for part in parts]),
        amount=np.concatenate([_amount(part)[part.is_open_deal()] for part in parts]),
        months=months,
        entries=np.hstack([_entries(part, months, month_of) for part in parts]),
        won=_won(parts[-1], months, amount_per_win, month_of),
    )


def _amount(stays: Stays) -> Floats:
    return np.full(len(stays), np.nan) if stays.amount is None else stays.amount


def _entries(stays: Stays, months: Ints, month_of: MonthOf) -> Floats:
    table = np.zeros((len(months), len(stays.stages)))
    np.add.at(table, (month_of(stays.entered) - months[0], stays.stage), 1)
    return table[:, stays.stages.open]


def _won(stays: Stays, months: Ints, amount_per_win: float, month_of: MonthOf) -> Floats:
    is_win = stays.destination == stays.stages.won
    amount = np.nan_to_num(_amount(stays)[is_win], nan=amount_per_win)
    won = np.zeros(len(months))
    np.add.at(won, month_of(stays.left[is_win]) - months[0], amount)
    return won
