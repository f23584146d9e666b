"""An estimate as the planning engine takes it."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import clock
from core.money import RateTable
from pipeline.models import Estimate
from planning.engine import FunnelLaw, OpenStays

Floats = NDArray[np.float64]

MONTHS_OF_LATE = 12


@dataclass(frozen=True)
class KnownFunnel:
    """What an estimate knows of a funnel of S stages, money in the plan's currency.

    ``rows``: (kind, stage id) in funnel order; ``subject`` int[n]: whose the open stays are, ids of
    customers and deals; ``months`` int[M] with ``entries`` float[M, S] and
    ``won`` float[M]: what each month of the history brought.
    """

    rows: tuple[tuple[str, int], ...]
    law: FunnelLaw
    open_stays: OpenStays
    subject: NDArray[np.int64]
    as_of: date
    months: NDArray[np.int64]
    entries: Floats
    won: Floats

    @property
    def recent_per_month(self) -> float | None:
        """New subjects a month in the first stage, over the last year of the history."""
        late = self.entries[:-1][-MONTHS_OF_LATE:, 0]
        return float(late.mean()) if late.size and late.sum() else None

    @property
    def arrivals_of_late(self) -> Floats:
        """float[S]: entries a month that begin in each stage, as in the last year."""
        direct = self.law.direct_per_month
        arrivals = np.zeros(len(self.rows)) if direct is None else direct.copy()
        arrivals[0] += self.recent_per_month or 0.0
        return arrivals

    def in_window(self, first: date, months: int) -> tuple[Floats, Floats]:
        """Entries float[S, months] and won amounts float[months] of a window that has begun."""
        entries = np.zeros((self.entries.shape[1], months))
        won = np.zeros(months)
        start = first.year * 12 + first.month - 1
        for month, row, amount in zip(self.months - start, self.entries, self.won, strict=True):
            if 0 <= month < months:
                entries[:, month], won[month] = row, amount
        return entries, won


def known_funnel(estimate: Estimate, *, currency: str) -> KnownFunnel:
    """The funnel of ``estimate`` in ``currency``, at the rate of its as-of date.

    Raises MissingExchangeRate where there is none.
    """
    day = estimate.as_of.astimezone(clock.company_zone()).date()
    rate = RateTable(currency).rate(estimate.pipeline.currency, day)
    return _known_funnel(estimate.pk, estimate.computed_at.isoformat(), float(rate), day)


@lru_cache(maxsize=16)
def _known_funnel(pk: int, computed_at: str, rate: float, as_of: date) -> KnownFunnel:
    """Estimates never change, so their curves are read and checked once; ``computed_at`` tells
    one from another of the same id in a restored database."""
    stored = Estimate.objects.values_list("law", flat=True).get(pk=pk)
    present = stored["present"]
    return KnownFunnel(
        rows=tuple((kind, stage) for kind, stage in stored["rows"]),
        law=_law(stored, rate),
        open_stays=OpenStays(
            np.array(present["stage"], np.int64),
            np.array(present["age_days"], float),
            np.array(present["amount"], float) * rate,
        ),
        # The earliest estimates do not hold it: whose their stays are, nobody knows.
        subject=np.array(present.get("subject", [0] * len(present["stage"])), np.int64),
        as_of=as_of,
        months=np.array(present["months"], np.int64),
        entries=np.array(present["entries"], float).reshape(len(present["months"]), -1),
        won=np.array(present["won"], float) * rate,
    )


def _law(stored: dict[str, Any], rate: float) -> FunnelLaw:
    by_value = stored["mean_amount"] is not None
    return FunnelLaw(
        stages=tuple(stored["stages"]),
        edges=np.array(stored["edges"], float),
        offspring=np.array(stored["offspring"], float),
        wins=np.array(stored["wins"], float),
        survival=np.array(stored["survival"], float),
        amount_per_win=_number(stored["amount_per_win"]) * rate,
        success_log_sd=np.array(stored["success_log_sd"], float),
        amount_cv=stored["amount_cv"],
        shock_sd=stored["dispersion"],
        value_offspring=np.array(stored["value_offspring"], float) if by_value else None,
        value_wins=np.array(stored["value_wins"], float) if by_value else None,
        # Estimates are never rewritten, and the earliest do not hold it.
        value_survival=_array(stored.get("value_survival")) if by_value else None,
        mean_amount=stored["mean_amount"] * rate if by_value else None,
        direct_per_month=_arrivals(stored),
        oldest_bin=np.array(stored["oldest_bin"], np.int64),
        wins_seen=stored.get("wins_seen"),
    )


def _arrivals(stored: dict[str, Any]) -> Floats:
    """Subjects a month that do not come through the first stage: direct, and who buy again."""
    arrivals = np.array(stored["direct_per_month"], float)
    repeat = np.array(stored["repeat_per_month"], float)
    arrivals[len(arrivals) - len(repeat) :] += repeat
    return arrivals


def _array(values: list[list[float]] | None) -> Floats | None:
    return None if values is None else np.array(values, float)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
