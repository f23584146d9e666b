"""How past years were shaped."""

import numpy as np

from core.money import MissingExchangeRate
from pipeline.models import Estimate
from planning.forms import slider_positions
from planning.funnel_law import known_funnel
from planning.models.plans import MONTHS

YEARS = 3


def shape_of_history(estimate: Estimate | None, *, first_month: int) -> list[int] | None:
    """New leads by month of the plan year over the last whole years, as slider positions.

    ``first_month`` is the plan year's first calendar month, 1 to 12. ``None`` with less than a
    year of history: a season cannot be told from growth then.
    """
    if estimate is None:
        return None
    try:
        funnel = known_funnel(estimate, currency=estimate.pipeline.currency)
    except MissingExchangeRate:
        return None
    leads, months = funnel.entries[:-1, 0], funnel.months[:-1]
    years = min(len(leads) // MONTHS, YEARS)
    if not years:
        return None
    late, places = leads[-years * MONTHS :], (months[-years * MONTHS :] + 1 - first_month) % MONTHS
    sums = np.bincount(places, weights=late, minlength=MONTHS)
    return slider_positions(sums.tolist()) if sums.any() else None
