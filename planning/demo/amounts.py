"""What Billion's deals were worth, so that the revenue of its years comes out as told."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from scipy.optimize import brentq

from planning.demo.company import BASE_REVENUE, BASE_YEAR, CURRENCY, DOLLAR, FOUNDED, GROWTH
from planning.demo.journal import MINUTES_A_DAY, Deal, Journal

ROUNDING = 100


@dataclass(frozen=True)
class Prices:
    """Worth of a deal = size * level * trend ** (years from the base year to its opening)."""

    level: float
    trend: float

    def worth(self, deal: Deal, share: float) -> float:
        """In the company's currency, not rounded."""
        return deal.size * share * self.level * float(self.trend ** _years(deal))

    def amount(self, deal: Deal, share: float | None) -> Decimal | None:
        """In the deal's currency, rounded as offers are."""
        if share is None:
            return None
        per_unit = 1.0 if deal.currency == CURRENCY else DOLLAR
        steps = round(self.worth(deal, share) / per_unit / ROUNDING)
        return Decimal(max(steps, 1) * ROUNDING).quantize(Decimal("0.01"))


def prices_for(journal: Journal) -> Prices:
    """Prices at which the base year's wins are BASE_REVENUE, GROWTH times the year before's."""
    before, base = (_wins_of(journal, year) for year in (BASE_YEAR - 1, BASE_YEAR))
    trend = float(brentq(lambda x: _total(base, x) - GROWTH * _total(before, x), 0.1, 10.0))
    return Prices(BASE_REVENUE / _total(base, trend), trend)


def _wins_of(journal: Journal, year: int) -> tuple[np.ndarray, np.ndarray]:
    """(size at the last quote, years from the base year to the opening) of a year's wins."""
    first, last = (((date(y, 1, 1) - FOUNDED).days * MINUTES_A_DAY) for y in (year, year + 1))
    won = [d for d in journal.deals if d.won_at is not None and first <= d.won_at < last]
    return np.array([d.size * d.share for d in won]), np.array([_years(d) for d in won])


def _total(wins: tuple[np.ndarray, np.ndarray], trend: float) -> float:
    size, years = wins
    return float((size * trend**years).sum())


def _years(deal: Deal) -> float:
    days = deal.moves[0].at / MINUTES_A_DAY - (date(BASE_YEAR, 1, 1) - FOUNDED).days
    return days / 365.25
