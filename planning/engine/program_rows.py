"""The plan's linear program as a sparse matrix: columns of choices, rows of limits.

Columns: leads of tier k entering in month m, hires of role r in month m, overtime of role r in
month m, in this order, each laid out row by row; then, where the year has a shape, all new leads.
Money is in thousands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import sparse

from planning.engine.law import Bools, Floats, Ints
from planning.engine.means import Means
from planning.engine.segments import ReducedKernels
from planning.engine.window import PlanWindow
from planning.engine.year_shape import ShapeRows

THOUSAND = 1000.0
# Fewer hours a lead and month than this are left out: a third of the program, and of a thousand
# leads not a second.
NO_WORK = 1e-7
# Thousands; the solver takes no infinite limit.
NO_BUDGET = 1e12

BudgetKind = Literal["budget", "month_budget", "channel_budget"]


@dataclass(frozen=True, eq=False)
class BudgetRows:
    """Rows `place` of a budget: one for all months, or one for each month."""

    kind: BudgetKind
    name: str
    place: slice


@dataclass(frozen=True, eq=False)
class Rows:
    """matrix @ choices <= limit, 0 <= choices <= most; N columns, L rows.

    The first `hours` rows are role-months, the others those of `budgets` and `year_shape`.
    revenue, cost: float[N], of one unit in the plan, thousands. open_months: bool[M], those not
    past. shape: K tiers, R roles, M months. payroll: of the people known, thousands, which no
    choice changes.
    """

    matrix: sparse.csr_array
    limit: Floats
    most: Floats
    revenue: Floats
    cost: Floats
    budgets: tuple[BudgetRows, ...]
    open_months: Bools
    shape: tuple[int, int, int]
    payroll: float = 0.0
    year_shape: ShapeRows | None = None

    @property
    def hours(self) -> slice:
        return slice(0, self.shape[1] * self.shape[2])

    @property
    def hires(self) -> slice:
        """Columns of hires."""
        tiers, roles, months = self.shape
        return slice(tiers * months, (tiers + roles) * months)

    @property
    def people(self) -> slice:
        """Columns of hires and overtime."""
        tiers, roles, months = self.shape
        return slice(tiers * months, (tiers + 2 * roles) * months)

    def split(self, columns: Floats) -> tuple[Floats, Floats, Floats]:
        """Leads float[K, M], hires float[R, M] and overtime float[R, M] of float[N]."""
        by_month = columns[: self.people.stop].reshape(-1, self.shape[2])
        leads, hires, overtime = np.split(by_month, np.cumsum(self.shape[:2]))
        return leads, hires, overtime

    def with_more_hours(self, more: Floats) -> Rows:
        """The same limits with float[R, M] hours added."""
        limit = self.limit.copy()
        limit[self.hours] += more.ravel()
        return replace(self, limit=limit)


def rows_of(kernels: ReducedKernels, means: Means, window: PlanWindow) -> Rows:
    """The limits of a plan but for the shape of its year (see shaped_rows.py); its hours rows hold
    what is left beside the fixed flows."""
    team, tiers = means.workforce, means.tiers
    shape = (len(tiers.channel), len(team.roles), window.months)
    hours = _hours_left(means, kernels.fixed_hours)
    matrices, limits, budgets = _budget_rows(means, window, hours.size)
    revenue = (kernels.revenue @ window.in_plan)[tiers.segment] / THOUSAND
    return Rows(
        matrix=sparse.csr_array(sparse.vstack([_hours_rows(kernels, means, shape), *matrices])),
        limit=np.concatenate([hours.ravel(), *limits]),
        most=_most(means, window),
        revenue=np.concatenate([revenue.ravel(), np.zeros(2 * hours.size)]),
        cost=_cost(means),
        budgets=budgets,
        open_months=window.open_share > 0,
        shape=shape,
        payroll=float(team.payroll.sum()) / THOUSAND,
    )


def _hours_left(means: Means, fixed: Floats) -> Floats:
    """float[R, M]: hours for new leads. What is under way may take all hours there are, and not
    only those that may be planned; below zero is what it needs beyond them."""
    there = means.workforce.available
    spare = np.minimum(there - fixed, 0.0)
    return np.maximum(means.limits.utilisation * there - fixed, spare)


def paid_in(means: Means, window: PlanWindow) -> Ints:
    """int[K, M]: the month in which leads entering in each month are paid for; what would
    have had to be paid before the window or `as_of` is paid at once."""
    first_open = int(np.argmax(window.edges[1:] > 0))
    due = np.arange(window.months) - means.tiers.lead_months[:, None]
    return np.asarray(np.maximum(due, first_open))


def _hours_rows(
    kernels: ReducedKernels, means: Means, shape: tuple[int, int, int]
) -> sparse.csr_array:
    """Hours that leads need, less what hires bring (at the planned utilisation) and overtime."""
    tiers, roles, months = shape
    per_lead = kernels.hours[means.tiers.segment].transpose(3, 2, 0, 1)
    needed = np.where(per_lead < NO_WORK, 0.0, per_lead)
    leads = sparse.csr_array(needed.reshape(roles * months, tiers * months))
    brought = np.zeros((roles, months, roles, months))
    role = np.arange(roles)
    brought[role, :, role, :] = means.workforce.hire_hours.transpose(0, 2, 1)
    hires = sparse.csr_array(brought.reshape(roles * months, roles * months))
    overtime = sparse.eye_array(roles * months)
    return sparse.csr_array(sparse.hstack([leads, -means.limits.utilisation * hires, -overtime]))


def _budget_rows(
    means: Means, window: PlanWindow, people: int
) -> tuple[list[sparse.coo_array], list[Floats], tuple[BudgetRows, ...]]:
    """Matrices and limits of the budgets, thousands; `people`: number of role-months."""
    matrices, limits, budgets = [], [], []
    end = people
    for kind, name, amounts in _budgets(means):
        paid = np.zeros_like(paid_in(means, window)) if amounts.size == 1 else None
        paid = paid_in(means, window) if paid is None else paid
        theirs = np.array([kind != "channel_budget" or name == c for c in means.tiers.channel])
        cost = np.where(theirs, means.tiers.cost, 0.0) / THOUSAND if theirs.size else np.zeros(0)
        spent = np.repeat(cost, window.months)
        columns = spent.size + 2 * people
        matrices.append(
            sparse.coo_array(
                (spent, (paid.ravel(), np.arange(spent.size))), (amounts.size, columns)
            )
        )
        limits.append(np.minimum(amounts / THOUSAND, NO_BUDGET))
        budgets.append(BudgetRows(kind, name, slice(end, end + amounts.size)))
        end += amounts.size
    return matrices, limits, tuple(budgets)


def _budgets(means: Means) -> list[tuple[BudgetKind, str, Floats]]:
    limits = means.limits
    found: list[tuple[BudgetKind, str, Floats]] = []
    if limits.budget is not None:
        found.append(("budget", "", np.array([limits.budget])))
    if limits.budget_by_month is not None:
        found.append(("month_budget", "", limits.budget_by_month))
    return found + [("channel_budget", *item) for item in limits.channel_budget.items()]


def _most(means: Means, window: PlanWindow) -> Floats:
    """float[N]: the most of each choice; nothing can be chosen for a month that has passed."""
    team, still_open = means.workforce, window.open_share > 0
    overtime = team.overtime_share[:, None] * team.available
    most = np.concatenate([means.tiers.most, team.most_hires, overtime])
    return np.asarray(np.where(still_open, most, 0.0).ravel())


def _cost(means: Means) -> Floats:
    """float[N], thousands."""
    team, tiers = means.workforce, means.tiers
    leads = np.broadcast_to(tiers.cost[:, None], tiers.most.shape)
    overtime = np.broadcast_to(team.overtime_cost[:, None], team.available.shape)
    return np.concatenate([leads, team.hire_cost, overtime]).ravel() / THOUSAND
