"""What those who enter a stage are like: how large, how likely to be won, and from where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.expected import Outlook, arriving_by_day
from planning.engine.kernels import Renewals, by_month, landing_share
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import entry_spans
from planning.engine.open_pipeline import first_money, group
from planning.engine.solution import Solution
from planning.engine.window import PlanWindow

# Flows smaller than this are rounding of the transform.
NOBODY = 1e-9


@dataclass(frozen=True, eq=False)
class Quality:
    """The quality of the entries to come, S stages by M months.

    mean_amount: float[S, M], plan currency, NaN where nobody enters; a subject that is no deal
    yet stands for what its deals are worth on average. success: float[S], share won in the end;
    value_success: float[S], share of the money. origin: float[3, S, M], shares of the entries
    that follow from open stays, from direct entries, and from new leads; 0 where nobody enters.
    """

    mean_amount: Floats
    success: Floats
    value_success: Floats
    origin: Floats


def quality_of(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    outlook: Outlook,
    solution: Solution,
    before: Floats | None = None,
) -> Quality:
    """before: float[S], entries a month until the window's start, as the plan was solved with."""
    new = np.einsum("m,mts->st", solution.new_leads, outlook.per_lead.entries)
    counted = np.array(
        [
            outlook.pipeline.entries.sum(axis=0).T,
            outlook.direct.entries.sum(axis=0).T,
            new,
        ]
    )
    entries = counted.sum(axis=0)
    anybody = entries > NOBODY * max(float(entries.max(initial=0.0)), 1.0)
    money = _money_entering(law, stays, window, solution.new_leads, before)
    size = np.where(anybody, entries, 1.0)
    unit = law.money_unit
    return Quality(
        mean_amount=np.where(anybody, money / size, np.nan),
        success=law.success,
        value_success=law.eventual_revenue / unit if unit else law.success,
        origin=np.where(anybody, counted / size, 0.0),
    )


def _money_entering(
    law: FunnelLaw, stays: OpenStays, window: PlanWindow, new_leads: Floats, before: Floats | None
) -> Floats:
    """float[S, M]: the amounts of those who enter each stage in each month, summed."""
    renewals = Renewals(law, max(window.horizon, window.length))
    moved = first_money(law, group(law, stays), window.horizon)[:, :, :-1].sum(axis=0)
    moved = moved + arriving_by_day(law, window, before) * law.money_unit
    flow = renewals.money.entries(moved[None])[0]
    kernel = renewals.money.kernel()[0][: window.length]
    share = landing_share(*entry_spans(window), window.edges, window.length)
    led = np.einsum("m,mts->st", new_leads, share @ kernel) * law.money_unit
    return np.asarray(by_month(flow, window.edges, axis=0).T + led)
