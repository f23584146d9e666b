"""How sure a plan is and where it breaks: years drawn at random, and a queue under its load."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.as_solved import as_solved
from planning.engine import Band, LeadStream, Patience, Work, overload_band
from planning.engine.draws import Stream
from planning.engine.monte_carlo import LEVELS, Chances, chances_of, monte_carlo
from planning.engine.overload import Load
from planning.models import Plan
from planning.solving import SolvedPlan
from planning.utilisation import HARD
from planning.within import Within, streams_of
from planning.within_documents import attainable_document

SEED = 20_020_101
"""Fixed: a chance that changes each time it is looked at is not believed."""

FULL = 1.0


@dataclass(frozen=True)
class Risk:
    """``chances`` of the plan as solved; ``band`` of its load, None where no hours are typed."""

    chances: Chances
    band: Band | None


def risk_of(solved: SolvedPlan) -> Risk:
    """Draws and runs the plan that ``solved`` publishes: what the target takes where it cannot be
    reached, without the hires that nobody can make."""
    within = solved.within
    if within is None:
        return Risk(_drawn(solved), None)
    return Risk(_drawn(solved), _loaded(solved, within) if within.known.has_people else None)


def _drawn(solved: SolvedPlan) -> Chances:
    funnel, within = solved.funnel, solved.within
    if within is None or not within.is_reached:
        leads = solved.solution.new_leads
        return monte_carlo(
            funnel.law, funnel.open_stays, solved.window, solved.goal, leads, seed=SEED
        )
    outlook, leads = within.mixed
    stream = Stream(funnel.law, funnel.open_stays, outlook, leads)
    left = within.program.left.revenue
    return chances_of([stream], solved.window, solved.goal, seed=SEED, left=left)


def _loaded(solved: SolvedPlan, within: Within) -> Band:
    team, program, effort = within.means.workforce, within.program, within.means.effort
    funnel, before = solved.funnel, solved.goal.before_per_month
    if within.is_reached:
        hours = program.hours_available + program.overtime
        leads = program.segment_leads
        streams = streams_of(within.segments, leads, funnel.open_stays, solved.goal)
    else:
        hours = team.available
        streams = [LeadStream(funnel.law, funnel.open_stays, solved.solution.new_leads, before)]
    work = Work(effort.per_entry, hours, effort.per_month)
    patience = Patience(solved.plan.wait_days, solved.plan.wait_half_life)
    return overload_band(streams, solved.window, work, patience)


def saved_risk(plan: Plan) -> dict[str, Any] | None:
    """Of the plan as it is stored, by the rates, people and channels that it was solved with; None
    before that. Raises MissingExchangeRate.
    """
    solved = as_solved(plan)
    return None if solved is None else risk_document(solved, risk_of(solved))


def risk_document(solved: SolvedPlan, risk: Risk) -> dict[str, Any]:
    """The fan of revenue by month, running from the year's start, and the course under load.

    Of what the target would take, where it is out of reach: ``attainable`` then says what can be
    done.

    ``overload`` has both ends of how people choose whom to serve: freshest first (kind) and
    first come, first served (harsh).
    """
    chances = risk.chances
    levels = [round(100 * level) for level in LEVELS]
    return {
        "plan": solved.plan.pk,
        "currency": solved.plan.currency,
        "target": str(solved.plan.target),
        "runs": chances.runs,
        "is_limited": solved.within is not None,
        "is_reached": solved.within is None or solved.within.is_reached,
        "figures_of": "plan" if solved.laid_out is solved.possible else "required",
        "attainable": attainable_document(solved.within) if solved.within else None,
        "p_target": chances.p_target,
        "standard_error": chances.standard_error,
        "expected": chances.expected,
        "year": {f"p{level}": float(v) for level, v in zip(levels, chances.year, strict=True)},
        "months": [
            {"month": first.isoformat()}
            | {f"p{level}": float(chances.running[i, m]) for i, level in enumerate(levels)}
            for m, first in enumerate(solved.months)
        ],
        "overload": None if risk.band is None else _overload_document(solved, risk.band),
    }


def _overload_document(solved: SolvedPlan, band: Band) -> dict[str, Any]:
    within = solved.within
    assert within is not None
    return {
        "roles": list(within.means.workforce.roles),
        "stages": list(solved.funnel.law.stages),
        "kind": _load_document(solved, band.kind),
        "harsh": _load_document(solved, band.harsh),
    }


def _load_document(solved: SolvedPlan, load: Load) -> dict[str, Any]:
    certain = solved.solution.revenue_certain
    entered = load.served.sum(axis=1)
    waited = (load.mean_wait * load.served).sum(axis=1)
    return {
        "revenue": float(((load.revenue + certain) * solved.window.in_plan).sum()),
        "wins": float((load.wins * solved.window.in_plan).sum()),
        "wasted_leads": float(load.wasted_leads.sum()),
        "never_served": float(load.waiting[:, -1].sum()),
        "strained": _days(solved, load, HARD),
        "full": _days(solved, load, FULL),
        "mean_wait": np.divide(
            waited, entered, out=np.zeros_like(waited), where=entered > 0
        ).tolist(),
        "waiting": load.waiting[:, -1].tolist(),
        "utilisation": load.utilisation.tolist(),
        "revenue_by_month": (load.revenue + certain).tolist(),
    }


def _days(solved: SolvedPlan, load: Load, level: float) -> list[str | None]:
    """By role the date on which a level is passed; None where no whole month passes it: a week
    of fairs or of holidays is no trend."""
    months, days = load.first_month_above(level), load.first_day_above(level)
    return [
        None if month is None or day is None else solved.date_of(day).isoformat()
        for month, day in zip(months, days, strict=True)
    ]
