"""The year's revenue of a given number of leads, and nothing else.

The same mean and variance as look_ahead and year_variance give, at a fraction of the time, for
searches that ask for them again and again with other laws: with C_j[n] the money won within n
days after an entry into stage j, what is won between two days follows from an inflow by one sum.
"""

from __future__ import annotations

import numpy as np

from planning.engine.chance import QuadraticVariance, pipeline_luck, revenue_variance
from planning.engine.expected import arriving_by_day
from planning.engine.kernels import Renewal, landing_share, money_lags
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import entry_spans
from planning.engine.open_pipeline import Stock, first_money, group
from planning.engine.window import DAYS_PER_MONTH, PlanWindow


def year_worth(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    new_leads: Floats,
    certain: Floats,
    before: Floats | None = None,
) -> QuadraticVariance:
    """Mean and variance of the plan's revenue by how many times float[M] new leads enter.

    certain: float[M] revenue without a chance; before: float[S], entries a month between
    `as_of` and the window's start.
    """
    renewal = Renewal(money_lags(law, max(window.horizon, window.length)))
    won = renewal.wins_after()
    begin, end = (int(max(edge, 0)) for edge in window.edges[[window.lead_months, -1]])
    days = window.horizon
    within = _within(won, begin, end, days)
    moves = first_money(law, group(law, stays), days)
    pipeline = np.einsum("idj,jd->i", moves[:, :, :-1], within)
    pipeline += moves[:, begin:end, -1].sum(axis=1)
    arriving = arriving_by_day(law, window, before)
    direct = np.sum(arriving * within.T, axis=0) * law.money_unit
    luck = pipeline_luck(law, Stock.of(stays, len(law.stages)), pipeline[:, None]).sum()
    return revenue_variance(
        law,
        parts=pipeline + direct,
        luck=float(luck + direct.sum() * law.size_biased_amount),
        slope=float(new_leads @ _per_lead(won[0], window)) * law.money_unit,
        certain=float(certain @ window.in_plan),
    )


def _within(won: Floats, begin: int, end: int, days: int) -> Floats:
    """float[S, days]: money won from day `begin` to day `end` after an entry on each day."""
    reached = np.concatenate([np.zeros((len(won), 1)), np.cumsum(won, axis=1)], axis=1)
    day = np.arange(days)
    return np.asarray(reached[:, np.maximum(end - day, 0)] - reached[:, np.maximum(begin - day, 0)])


def _per_lead(won: Floats, window: PlanWindow) -> Floats:
    """float[M]: money won in the plan per lead entering in each month."""
    starts, ends = entry_spans(window)
    plan = window.edges[[window.lead_months, -1]]
    share = landing_share(starts, ends, plan, window.length)
    return np.asarray(share[:, 0] @ won[: window.length])


def worth_of_earlier_leads(law: FunnelLaw, window: PlanWindow, months: int) -> Floats:
    """float[months]: revenue in the plan's months per lead that enters in the k-th month, all
    equally long, before the first in which new leads enter."""
    first = max(float(window.edges[0]), 0.0)
    starts: Floats = first - DAYS_PER_MONTH * np.arange(1.0, months + 1)
    ends: Floats = starts + DAYS_PER_MONTH
    days = int(np.ceil(max(window.edges[-1] - starts[-1], 1.0)))
    won = Renewal(money_lags(law, days)).kernel()[1]
    plan = window.edges[[window.lead_months, -1]]
    share = landing_share(starts, ends, plan, days)
    return np.asarray(share[:, 0] @ won * law.money_unit)
