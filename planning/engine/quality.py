"""What those who enter a stage are like: how large, how likely to be won, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine.expected import Outlook, arriving_by_day, renewals_of
from planning.engine.kernels import by_month
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import by_months
from planning.engine.open_pipeline import first_money, group
from planning.engine.solution import Solution
from planning.engine.window import PlanWindow

# Flows smaller than this are rounding of the transform.
NOBODY = 1e-9


@dataclass(frozen=True, eq=False)
class Quality:
    """The quality of the entries to come, S stages by M months.

    mean_amount: float[S, M], plan currency, NaN where nobody enters; a subject that is no deal
    yet stands for what its deals are worth on average. success: float[S, M], share won in the
    end, which differs by month as the mix of leads does; value_success: float[S, M], share of
    the money. origin: float[3, S, M], shares of the entries that follow from open stays, from
    direct entries, and from new leads; 0 where nobody enters.
    """

    mean_amount: Floats
    success: Floats
    value_success: Floats
    origin: Floats


@dataclass(frozen=True, eq=False)
class LeadWorth:
    """What a lead of each month of entry moves into each stage in each later month, float[M, M, S]:
    subjects (entries) and their amounts (money, plan currency)."""

    entries: Floats
    money: Floats


@dataclass(frozen=True, eq=False)
class LeadGroup:
    """New leads that behave alike: leads: float[M], by month of entry."""

    law: FunnelLaw
    leads: Floats
    worth: LeadWorth

    @property
    def entries(self) -> Floats:
        """float[S, M]"""
        return np.asarray(np.einsum("m,mts->st", self.leads, self.worth.entries))

    @property
    def money(self) -> Floats:
        """float[S, M]"""
        return np.asarray(np.einsum("m,mts->st", self.leads, self.worth.money))


def lead_worth(law: FunnelLaw, window: PlanWindow) -> LeadWorth:
    renewals = renewals_of(law, window)
    entries, money = (
        by_months(renewal.kernel()[0][: window.length], window)
        for renewal in (renewals.counts, renewals.money)
    )
    return LeadWorth(entries, money * law.money_unit)


def money_without_leads(
    law: FunnelLaw, stays: OpenStays, window: PlanWindow, before: Floats | None
) -> Floats:
    """float[S, M]: the amounts that enter each stage from open stays and direct entries."""
    moved = first_money(law, group(law, stays), window.horizon)[:, :, :-1].sum(axis=0)
    moved = moved + arriving_by_day(law, window, before) * law.money_unit
    flow = renewals_of(law, window).money.entries(moved[None])[0]
    return by_month(flow, window.edges, axis=0).T


def quality_of(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    outlook: Outlook,
    solution: Solution,
    before: Floats | None = None,
) -> Quality:
    """before: float[S], entries a month until the window's start, as the plan was solved with."""
    known = np.array([each.entries.sum(axis=0).T for each in (outlook.pipeline, outlook.direct)])
    leads = LeadGroup(law, solution.new_leads, lead_worth(law, window))
    return mixed_quality(law, known, money_without_leads(law, stays, window, before), [leads])


def mixed_quality(
    law: FunnelLaw, known: Floats, known_money: Floats, groups: Sequence[LeadGroup]
) -> Quality:
    """known: float[2, S, M], entries from open stays and direct ones, which follow `law`;
    known_money: float[S, M], their amounts; groups: the new leads, each by a law of its own."""
    led = [each.entries for each in groups]
    counted = np.array([*known, np.sum(led, axis=0)])
    entries = counted.sum(axis=0)
    anybody = entries > NOBODY * max(float(entries.max(initial=0.0)), 1.0)
    size = np.where(anybody, entries, 1.0)
    money = known_money + np.sum([each.money for each in groups], axis=0)
    weights = [(law, known.sum(axis=0)), *zip((each.law for each in groups), led, strict=True)]

    def mixed(rates: Sequence[Floats]) -> Floats:
        won = sum(rate[:, None] * n for rate, (_law, n) in zip(rates, weights, strict=True))
        return np.where(anybody, won / size, rates[0][:, None])

    return Quality(
        mean_amount=np.where(anybody, money / size, np.nan),
        success=mixed([each.success for each, _n in weights]),
        value_success=mixed([_value_success(each) for each, _n in weights]),
        origin=np.where(anybody, counted / size, 0.0),
    )


def _value_success(law: FunnelLaw) -> Floats:
    unit = law.money_unit
    return np.asarray(law.eventual_revenue / unit if unit else law.success)
