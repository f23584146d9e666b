"""An estimate as the planning engine takes it."""

from dataclasses import dataclass, replace
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

    ``rows``: (kind, stage id) in funnel order, from the first stage that anybody ever entered;
    ``open_stays`` are grouped by stage and age; ``months`` int[M] with ``entries`` float[M, S],
    ``wins`` and ``won`` float[M]: what each month of the history brought. ``repeat`` float[S]:
    of the law's direct arrivals those who have bought before. ``rates``: the published promotion
    rate of each stage, None where nobody entered. ``history``: the law as history has it, where
    ``law`` is one that a plan assumes instead.
    """

    rows: tuple[tuple[str, int], ...]
    law: FunnelLaw
    open_stays: OpenStays
    as_of: date
    months: NDArray[np.int64]
    entries: Floats
    wins: Floats
    won: Floats
    repeat: Floats
    rates: tuple[float | None, ...]
    history: FunnelLaw | None = None

    @property
    def by_history(self) -> FunnelLaw:
        return self.history or self.law

    def without_repeat(self, *, kept: float = 0.0) -> "KnownFunnel":
        """Where repeat business is typed, or of purchases: those who come again are no part of the
        arrivals, but for the share ``kept``."""
        if self.law.direct_per_month is None or not self.repeat.any():
            return self
        direct = np.maximum(self.law.direct_per_month - (1 - kept) * self.repeat, 0.0)
        law = replace(self.law, direct_per_month=direct)
        return replace(self, law=law, repeat=kept * self.repeat)

    @property
    def recent_per_month(self) -> float | None:
        """New subjects a month in the first stage, over the last year of the history.

        Those who come again by themselves are not new.
        """
        late = self.entries[:-1][-MONTHS_OF_LATE:, 0]
        direct = self.by_history.direct_per_month
        again = 0.0 if direct is None else direct[0]
        return max(float(late.mean()) - float(again), 0.0) or None if late.size else None

    @property
    def arrivals_of_late(self) -> Floats:
        """float[S]: entries a month that begin in each stage, as in the last year."""
        direct = self.law.direct_per_month
        arrivals = np.zeros(len(self.rows)) if direct is None else direct.copy()
        arrivals[0] += self.recent_per_month or 0.0
        return arrivals

    def in_window(self, first: date, months: int) -> tuple[Floats, Floats, Floats]:
        """What the months of a window have brought: entries float[S, months], wins and won
        amounts float[months]; zero where they are still to come."""
        place = self.months - (first.year * 12 + first.month - 1)
        inside = (place >= 0) & (place < months)
        entries = np.zeros((self.entries.shape[1], months))
        entries[:, place[inside]] = self.entries[inside].T
        wins, won = np.zeros(months), np.zeros(months)
        wins[place[inside]], won[place[inside]] = self.wins[inside], self.won[inside]
        return entries, wins, won


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
    stored, payload = Estimate.objects.values_list("law", "payload").get(pk=pk)
    present = stored["present"]
    months = np.array(present["months"], np.int64)
    entries = np.array(present["entries"], float).reshape(len(months), -1)
    first = _first_entered(entries)
    rows = tuple((kind, stage) for kind, stage in stored["rows"][first:])
    rates = {(row["kind"], row["stage"]): row["promotion"]["rate"] for row in payload["stages"]}
    return KnownFunnel(
        rows=rows,
        law=_law(stored, rate, first),
        # Nobody stands in a stage that nobody entered.
        open_stays=_open_stays(present, rate, first),
        as_of=as_of,
        months=months,
        entries=entries[:, first:],
        wins=np.array(present["wins"], float),
        won=np.array(present["won"], float) * rate,
        repeat=_repeat(stored, first),
        rates=tuple(rates.get(row) for row in rows),
    )


def _open_stays(present: dict[str, Any], rate: float, first: int) -> OpenStays:
    """Those with an amount and those without one, as rows of their own."""
    stage = np.array(present["stage"], np.int64) - first
    age, count, known, amount, amount_sq = (
        np.array(present[name], float)
        for name in ("age_days", "count", "known", "amount", "amount_sq")
    )
    each = np.maximum(known, 1.0)
    nothing = np.full(len(stage), np.nan)
    stays = OpenStays(
        np.tile(stage, 2),
        np.tile(age, 2),
        np.concatenate([amount / each * rate, nothing]),
        np.concatenate([known, count - known]),
        np.concatenate([amount_sq / each * rate**2, nothing]),
    )
    return stays.at_rows(stays.count > 0)


def _first_entered(entries: Floats) -> int:
    """The stage in which new subjects begin: the first that anybody ever entered.

    A list imported without dates of its first stage has none there, and no rate out of it.
    """
    entered = np.flatnonzero(entries.sum(axis=0))
    return int(entered[0]) if entered.size else 0


def _law(stored: dict[str, Any], rate: float, first: int) -> FunnelLaw:
    by_value = stored["mean_amount"] is not None
    return FunnelLaw(
        stages=tuple(stored["stages"][first:]),
        edges=np.array(stored["edges"], float),
        offspring=np.array(stored["offspring"], float)[first:, first:],
        wins=np.array(stored["wins"], float)[first:],
        survival=np.array(stored["survival"], float)[first:],
        amount_per_win=_number(stored["amount_per_win"]) * rate,
        success_log_sd=np.array(stored["success_log_sd"], float)[first:],
        amount_cv=stored["amount_cv"],
        shock_sd=stored["dispersion"],
        value_offspring=np.array(stored["value_offspring"], float)[first:, first:]
        if by_value
        else None,
        value_wins=np.array(stored["value_wins"], float)[first:] if by_value else None,
        value_survival=np.array(stored["value_survival"], float)[first:] if by_value else None,
        mean_amount=stored["mean_amount"] * rate if by_value else None,
        direct_per_month=_arrivals(stored, first),
        oldest_bin=np.array(stored["oldest_bin"], np.int64)[first:],
        wins_seen=stored["wins_seen"],
    )


def _arrivals(stored: dict[str, Any], first: int) -> Floats:
    """float[S]: subjects a month that come by themselves: past the first stage, or to buy again."""
    arrivals = np.array(stored["direct_per_month"], float)
    arrivals[first] = 0.0
    return arrivals[first:] + _repeat(stored, first)


def _repeat(stored: dict[str, Any], first: int) -> Floats:
    """float[S]: deals a month of customers who have bought before, in the pipeline's stages."""
    repeat = np.array(stored["repeat_per_month"], float)
    whole = np.zeros(len(stored["direct_per_month"]))
    whole[len(whole) - len(repeat) :] = repeat
    return whole[first:]


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
