"""How each number of a solved plan comes about, so that it can be told and checked.

188 proposals in May = 61 wins, most of them in August, / 32.4 %; two thirds within 9 weeks.
Every total is the sum of parts by origin: what has happened, what follows from the subjects that
are open in each stage, from those who begin past the first, and from the new leads of each month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planning.engine.closed_form import Goal
from planning.engine.expected import Outlook, SourceFlows, look_ahead
from planning.engine.kernels import Renewal, count_lags, landing_share
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import entry_spans
from planning.engine.solution import Solution
from planning.engine.window import DAYS_PER_MONTH, PlanWindow

# Wins later than this are not waited for.
FOLLOWED_DAYS = 3 * 366
MONTHS_AFTER = 24
TWO_THIRDS = 2 / 3


@dataclass(frozen=True, eq=False)
class Parts:
    """A number by where it comes from: certain; open_stage, direct_stage: float[S], by the stage
    in which the subjects are open, or begin; lead_month: float[M], by the month of new leads."""

    certain: float
    open_stage: Floats
    direct_stage: Floats
    lead_month: Floats

    @property
    def origins(self) -> Floats:
        """float[4]: certain, open, direct and new."""
        sums = (self.open_stage.sum(), self.direct_stage.sum(), self.lead_month.sum())
        return np.array([self.certain, *sums])

    @property
    def total(self) -> float:
        return float(self.origins.sum())

    @property
    def shares(self) -> Floats:
        """float[4]: the same as shares of the total; 0 where there is none."""
        return self.origins / (self.total or 1.0)


@dataclass(frozen=True, eq=False)
class EntriesExplained:
    """Those who have to enter a stage in a month.

    parts: their number by origin (certain: before `as_of`). success: of those who enter the
    stage, the share that is won in the end; wins = entries x success, of which wins_by_month:
    float[M] land in each month of the window, and wins_in_plan in those that count.
    landing_month: the month in which most of them land, M and more after the window; None where
    nothing is won. median_weeks, two_thirds_weeks: how long half and two thirds of the wins
    take from the stage; None where they take longer than can be followed.
    """

    stage: int
    month: int
    parts: Parts
    success: float
    wins: float
    wins_by_month: Floats
    wins_in_plan: float
    landing_month: int | None
    median_weeks: float | None
    two_thirds_weeks: float | None

    @property
    def entries(self) -> float:
        return self.parts.total


@dataclass(frozen=True, eq=False)
class RevenueExplained:
    """The revenue and the wins of a month; certain revenue is won_so_far and base. Of the wins
    only those to come after `as_of` are told."""

    month: int
    revenue: Parts
    wins: Parts
    won_so_far: float
    base: float


@dataclass(frozen=True)
class LeadsExplained:
    """leads = (target + cushion - certain - from_open - from_direct) / revenue_per_lead.

    cushion: what the plan brings beyond its target in expectation, for the confidence asked for
    (or because less than no leads cannot be had; below zero where the target is out of reach).
    """

    target: float
    cushion: float
    certain: float
    from_open: float
    from_direct: float
    revenue_per_lead: float
    leads: float


@dataclass(frozen=True, eq=False)
class Workings:
    """A solution with what it was made of; made once, asked many times."""

    law: FunnelLaw
    window: PlanWindow
    goal: Goal
    outlook: Outlook
    solution: Solution

    @classmethod
    def of(
        cls, law: FunnelLaw, stays: OpenStays, window: PlanWindow, goal: Goal, solution: Solution
    ) -> Workings:
        """`solution` is what `solve` gave for the same arguments."""
        outlook = look_ahead(law, stays, window, goal.before_per_month)
        return cls(law, window, goal, outlook, solution)

    def entries(self, stage: int, month: int) -> EntriesExplained:
        so_far = float(self.solution.so_far[stage, month])
        outlook, cell = self.outlook, (slice(None), month, stage)
        parts = Parts(
            so_far,
            outlook.pipeline.entries[cell],
            outlook.direct.entries[cell],
            self._leads * outlook.per_lead.entries[cell],
        )
        success = float(self.law.success[stage])
        landing = self._landing(stage, month, so_far, parts.total - so_far)
        wins = landing[: self.window.months]
        return EntriesExplained(
            stage=stage,
            month=month,
            parts=parts,
            success=success,
            wins=parts.total * success,
            wins_by_month=wins,
            wins_in_plan=float(wins @ self.window.in_plan),
            landing_month=int(landing.argmax()) if landing.any() else None,
            median_weeks=self.weeks_to_win(stage, 0.5),
            two_thirds_weeks=self.weeks_to_win(stage, TWO_THIRDS),
        )

    def revenue(self, month: int) -> RevenueExplained:
        per_lead = self.outlook.per_lead
        certain = float(self.solution.revenue_certain[month])
        won = float(replace(self.goal, base=0.0).certain_revenue(self.window)[month])
        return RevenueExplained(
            month=month,
            revenue=self._by_origin("revenue", certain, per_lead.revenue, month),
            wins=self._by_origin("wins", 0.0, per_lead.wins, month),
            won_so_far=won,
            base=certain - won,
        )

    def leads(self) -> LeadsExplained:
        plan, found = self.window.in_plan, self.solution
        sources = (self.outlook.pipeline, self.outlook.direct)
        certain = float(found.revenue_certain @ plan)
        from_open, from_direct = (float(each.revenue.sum(axis=0) @ plan) for each in sources)
        per_lead = self.goal.weights(self.window) @ self.outlook.per_lead.revenue @ plan
        return LeadsExplained(
            target=self.goal.target,
            cushion=found.expected - self.goal.target,
            certain=certain,
            from_open=from_open,
            from_direct=from_direct,
            revenue_per_lead=float(per_lead),
            leads=found.leads,
        )

    def weeks_to_win(self, stage: int, share: float) -> float | None:
        """Weeks within which `share` of the wins of those who enter a stage have come."""
        reached = np.cumsum(self._won_after[stage])
        wanted = share * self.law.success[stage]
        if wanted <= 0 or reached[-1] < wanted:
            return None
        day = int(np.searchsorted(reached, wanted))
        before = reached[day - 1] if day else 0.0
        inside = (wanted - before) / (reached[day] - before)
        return float(day + inside) / 7

    @property
    def _leads(self) -> Floats:
        return self.solution.new_leads

    @cached_property
    def _won_after(self) -> Floats:
        """float[S, D]: wins by day after an entry into each stage."""
        days = max(FOLLOWED_DAYS, self.window.length)
        return Renewal(count_lags(self.law, days)).wins_after()

    def _by_origin(self, name: str, certain: float, per_lead: Floats, month: int) -> Parts:
        def of(flows: SourceFlows) -> Floats:
            return np.asarray(getattr(flows, name)[:, month])

        outlook = self.outlook
        return Parts(
            certain, of(outlook.pipeline), of(outlook.direct), self._leads * per_lead[:, month]
        )

    def _landing(self, stage: int, month: int, so_far: float, to_come: float) -> Floats:
        """float[M + MONTHS_AFTER]: when those who enter a stage in a month are won, on average.

        They are taken to enter evenly, up to `as_of` and then after it: a week off at most,
        in the first months of a stage that fills up.
        """
        after = DAYS_PER_MONTH * np.arange(1, MONTHS_AFTER + 1)
        edges = np.concatenate([self.window.edges, self.window.edges[-1] + after])
        start, end = edges[month], edges[month + 1]
        begun, _end = entry_spans(self.window)
        spans = np.array([[start, min(end, max(begun[month], start + 1))], [begun[month], end]])
        won = self._won_after[stage]
        share = landing_share(spans[:, 0], spans[:, 1], edges, won.size)
        return np.asarray(np.array([so_far, to_come]) @ (share @ won))
