"""What limits and allows a plan, as JSON: kept with its solution, shown by pages and API."""

from datetime import date
from typing import Any

import numpy as np

from planning.engine.limits import Limit
from planning.engine.program import Program
from planning.models import Plan
from planning.within import Within

FEW = 1e-6


def within_document(plan: Plan, months: tuple[date, ...], within: Within) -> dict[str, Any]:
    """Figures of the program take the place of those of the solution without limits.

    ``hours_needed`` are those of the requirements published: of the target, reached or not.
    ``reachable``, ``highest_target`` and ``limits`` are of the means, whatever the target; all
    else is of the best plan within them.
    """
    program = within.program
    return {
        "code": program.code,
        "expected": program.expected,
        "p_target": program.p_target,
        "p80_revenue": program.p80_revenue,
        "is_limited": True,
        "is_reached": within.is_reached,
        "reachable": _finite(program.reachable),
        "highest_target": _finite(program.highest_target),
        "best_in": program.priced_in if within.is_reached else "cost",
        "attainable": attainable_document(within),
        "waiting": _waiting(within),
        "cost": program.cost,
        "payroll": program.payroll,
        "profit": None if plan.margin is None else program.profit,
        "target_price": program.target_price,
        "limits": [limit_document(limit, months, program) for limit in program.limits],
        "capacity": _capacity(within, months),
        "spend": _spend(within, months),
        "hires": _hires(within, months),
        "latest_hires": _latest(within, months),
        "most": _most(within, months),
        "has_people": within.known.has_people,
        "has_channels": within.known.has_channels,
    }


def attainable_document(within: Within) -> dict[str, Any]:
    """The best plan within the limits: where they suffice, what the plan takes and brings."""
    program = within.program
    return {
        "leads": float(program.leads.sum()),
        "multiplier": program.multiplier,
        "expected": program.expected,
        "p_target": program.p_target,
        "p80_revenue": program.p80_revenue,
        "spend": float(program.spend.sum()),
        "hires": float(program.hires.sum()),
        "cost": program.cost,
    }


def _waiting(within: Within) -> dict[str, Any] | None:
    """Of people who are short of hours without a single new lead: the hours, what waiting for them
    costs, and the chance of the target were they found; None where there are enough."""
    program = within.program
    if not program.unserved.any():
        return None
    return {
        "hours": float(program.unserved.sum()),
        "lost": program.lost,
        "p_if_served": program.p_if_served,
    }


def limit_document(limit: Limit, months: tuple[date, ...], program: Program) -> dict[str, Any]:
    """``price``: worth of one more unit in its dearest month, in ``priced_in`` (cost, revenue or
    profit), plan currency; ``hire_price``: of one more hire from ``hire_month`` on."""
    return {
        "kind": limit.kind,
        "name": limit.name,
        "month": months[limit.month].isoformat(),
        "last_month": months[limit.last_month].isoformat(),
        "price": limit.price,
        "percent": limit.percent,
        "priced_in": program.priced_in,
        "hire_month": None if limit.hire_month is None else months[limit.hire_month].isoformat(),
        "hire_price": limit.hire_price,
    }


def _capacity(within: Within, months: tuple[date, ...]) -> list[dict[str, Any]]:
    program, team = within.program, within.means.workforce
    there = program.hours_available if within.is_reached else team.available
    return [
        {
            "month": first.isoformat(),
            "role": role,
            "hours_needed": float(within.needed_hours[r, m]),
            "hours_available": float(there[r, m]),
            "overtime": float(program.overtime[r, m]) if within.is_reached else 0.0,
        }
        for r, role in enumerate(team.roles)
        for m, first in enumerate(months)
    ]


def _spend(within: Within, months: tuple[date, ...]) -> list[dict[str, Any]]:
    """One row a channel and month in which money is spent or leads come; ``most`` is the volume
    that the channel has in the month."""
    if not within.known.has_channels:
        return []
    tiers, program = within.means.tiers, within.program
    rows = []
    for channel in within.known.channels:
        own = np.array([name == channel.name for name in tiers.channel], bool)
        paid, leads = program.spend[own].sum(axis=0), program.leads[own].sum(axis=0)
        most = tiers.most[own].sum(axis=0)
        rows += [
            {
                "month": first.isoformat(),
                "source": channel.name,
                "source_id": channel.source_id,
                "amount": float(paid[m]),
                "leads": float(leads[m]),
                "most": float(most[m]),
            }
            for m, first in enumerate(months)
            if paid[m] > FEW or leads[m] > FEW or most[m] > FEW
        ]
    return rows


def _hires(within: Within, months: tuple[date, ...]) -> list[dict[str, Any]]:
    program, team = within.program, within.means.workforce
    return [
        {
            "role": team.roles[r],
            "month": months[m].isoformat(),
            "count": float(program.hires[r, m]),
            "cost": float(program.hires[r, m] * team.hire_cost[r, m]),
        }
        for r, m in np.argwhere(program.hires > FEW).tolist()
    ]


def _latest(within: Within, months: tuple[date, ...]) -> dict[str, str]:
    roles = within.means.workforce.roles
    latest = zip(roles, within.program.latest_hire, strict=True)
    return {role: months[m].isoformat() for role, m in latest if m is not None}


def _most(within: Within, months: tuple[date, ...]) -> dict[str, Any] | None:
    """What can be done instead of a target that cannot be reached, month by month."""
    program = within.program
    if within.is_reached:
        return None
    return {
        "months": [
            {
                "month": first.isoformat(),
                "revenue": float(program.revenue[m]),
                "wins": float(program.wins[m]),
                "new_leads": float(program.leads[:, m].sum()),
                "hours_needed": float(program.hours_needed[:, m].sum()),
                "hours_available": float(program.hours_available[:, m].sum()),
            }
            for m, first in enumerate(months)
        ]
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
