"""What the base year teaches about Billion: its funnel, its people, and the hours between them.

Twice: as the history in the database has it (`measured`), and as the market behind that history
was made (`told`), which needs no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from planning.demo import behaviour
from planning.demo.company import BASE_REVENUE, BASE_YEAR, FOUNDED, REPS, Person
from planning.demo.journal import Journal, Phase, Step
from planning.demo.simulation import HOURS_A_DAY, TRAINING_DAYS
from planning.engine import FunnelLaw, LeadStream, OpenStays, Patience, PlanWindow, Work, overload
from planning.engine.law import Floats

if TYPE_CHECKING:
    from planning.funnel_law import KnownFunnel

PLAN_START = date(BASE_YEAR + 1, 1, 1)
REP_HOURS_A_DAY = HOURS_A_DAY * behaviour.WORKDAYS_A_MONTH * 12 / 365
"""Hours for customers that a trained rep has, spread over all days of the year."""
HAND_OVER_HOURS = 0.5
"""Of work in the stage that hands over: two hours for each deal opened later, a quarter are."""

WORKED, AVAILABLE = 13_637.58, 14_915.6
"""Hours of the reps of one branch in the base year. The history in the database does not hold
them, and to make it anew takes a while; a test compares."""

TOLD_UTILISATION = 0.90
TOLD_STRETCH = 1.35
"""Busy people are slower than the market lets them: with it a win takes the 96 days told."""
TOLD_DEALS = 1.2
"""Deals per customer handed over: second deals, another try after a loss, re-opened losses."""
TOLD_SPREAD = 0.9
TOLD_RATE_LOG_SD = 0.08


@dataclass(frozen=True, eq=False)
class BaseYear:
    """One role, the reps; S stages, D days of the plan year, money in CNY.

    law, stays: the funnel and who is in it when the plan year begins.
    leads, revenue: what the base year brought.
    hours_per_entry: float[S], hours of a rep for each subject that enters a stage.
    utilisation: hours worked per hour available in the base year.
    reps: trained reps' worth of hours that the base year had, on average.
    known: float[D], the same on each day of the plan year, of the people already hired.
    """

    law: FunnelLaw
    stays: OpenStays
    leads: float
    revenue: float
    hours_per_entry: Floats
    utilisation: float
    reps: float
    known: Floats


def plan_year() -> PlanWindow:
    return PlanWindow.of_year(PLAN_START, PLAN_START)


def measured(funnel: KnownFunnel, journal: Journal, reps: Sequence[Person] = REPS) -> BaseYear:
    """From an estimate as of the plan year's first day, and the hours noted in the history."""
    first, end = ((day - FOUNDED).days for day in (date(BASE_YEAR, 1, 1), PLAN_START))
    hours = sum(journal.hours[first:end]), sum(journal.available[first:end])
    return remembered(funnel, *hours, reps)


def remembered(
    funnel: KnownFunnel, worked: float, available: float, reps: Sequence[Person] = REPS
) -> BaseYear:
    """The same, where of the hours only the base year's sums are known."""
    entries, _wins, won = funnel.in_window(date(BASE_YEAR, 1, 1), 12)
    typed = np.array([_typed_hours()[name] for name in funnel.law.stages])
    return BaseYear(
        law=funnel.law,
        stays=funnel.open_stays,
        leads=float(entries[0].sum()),
        revenue=float(won.sum()),
        # Repeat orders and small favours take other hours; their sum is what was worked.
        hours_per_entry=typed * worked / float(typed @ entries.sum(axis=1)),
        utilisation=worked / available,
        reps=available / (REP_HOURS_A_DAY * (PLAN_START - date(BASE_YEAR, 1, 1)).days),
        known=strength_of(reps, PLAN_START, plan_year().horizon),
    )


def strength_of(reps: Sequence[Person], first: date, days: int) -> Floats:
    """float[days] from `first` on: how many trained reps' worth of hours `reps` have."""
    joined = np.array([(first - rep.joined).days for rep in reps])
    served = joined[:, None] + np.arange(days)
    share = np.where(served < 0, 0.0, np.where(served < TRAINING_DAYS, 0.5, 1.0))
    return np.asarray(np.array([rep.pace for rep in reps]) @ share)


def told() -> BaseYear:
    """As the market was made: its rates, times and growing leads, without luck or season.

    The hours that a subject takes are such that the reps were busy nine tenths of their time.
    """
    law, hours = told_law(), np.array([_typed_hours()[name] for name in _told_names()])
    window = PlanWindow.of_year(FOUNDED, FOUNDED, months=34)
    leads = np.interp(
        window.edges[:-1] + np.diff(window.edges) / 2,
        [(knot - FOUNDED).days for knot, _ in behaviour.LEADS_A_MONTH],
        [number for _, number in behaviour.LEADS_A_MONTH],
    )
    plenty = Work(hours[None], np.full((1, window.months), 1e9))
    past = overload([LeadStream(law, OpenStays.none(), leads)], window, plenty, Patience(1, 1))
    base = slice(-12, None)
    known = strength_of(REPS, date(BASE_YEAR, 1, 1), 365)
    worked = TOLD_UTILISATION * REP_HOURS_A_DAY * float(known.sum())
    amount = BASE_REVENUE / float(past.wins[base].sum())
    return BaseYear(
        law=told_law(amount),
        stays=_left_open(law, past.daily.entered),
        leads=float(leads[base].sum()),
        revenue=BASE_REVENUE,
        hours_per_entry=hours * worked / float(past.needed[0, base].sum()),
        utilisation=TOLD_UTILISATION,
        reps=float(known.mean()),
        known=strength_of(REPS, PLAN_START, plan_year().horizon),
    )


def told_law(amount: float = 1.0) -> FunnelLaw:
    """The stages of `behaviour` as a law: Suspect, Prospect, then the pipeline's."""
    edges = np.concatenate([np.arange(28.0), 28 * 1.1 ** np.arange(40)])
    places: dict[int, int] = {Step.SUSPECT: 0, Step.PROSPECT: 1, Step.QUALIFIED: 2}
    phases: dict[int, int] = {
        Phase.PROJECT: 2,
        Phase.PROPOSAL: 3,
        Phase.NEGOTIATION: 4,
        Phase.WON: 5,
    }
    moves = np.zeros((5, 6, edges.size - 1))
    survival = np.ones((5, edges.size))
    ladder = ((places, int(step), stage) for step, stage in behaviour.LADDER.items())
    pipeline = ((phases, int(phase), stage) for phase, stage in behaviour.PIPELINE.items())
    for place, here, stage in (*ladder, *pipeline):
        for way in stage.exits:
            passed = stats.gamma.cdf(edges, 2.0, scale=way.days * TOLD_STRETCH / 2)
            is_lost = way is stage.exits[-1]
            chance = way.chance * (1 - stage.forgotten if is_lost else 1.0)
            survival[place[here]] -= chance * passed
            if not is_lost:
                deals = TOLD_DEALS if place is places and way.to == Step.QUALIFIED else 1.0
                moves[place[here], place[way.to]] += deals * chance * np.diff(passed)
    return FunnelLaw(
        stages=_told_names(),
        edges=edges,
        offspring=moves[:, :5],
        wins=moves[:, 5],
        survival=survival,
        amount_per_win=amount,
        success_log_sd=np.full(5, TOLD_RATE_LOG_SD),
        amount_cv=TOLD_SPREAD,
    )


def _told_names() -> tuple[str, ...]:
    return ("Suspect", "Prospect", "Project", "Proposal", "Negotiation")


def _typed_hours() -> dict[str, float]:
    """Hours for each subject that enters a stage; nobody works on the forgotten."""
    stages = {"Qualified": HAND_OVER_HOURS}
    for here, stage in (*behaviour.LADDER.items(), *behaviour.PIPELINE.items()):
        forgotten = stage.exits[-1].chance * stage.forgotten
        stages[here.name.capitalize()] = stage.hours * (1 - forgotten)
    return stages


def _left_open(law: FunnelLaw, entered: Floats) -> OpenStays:
    """Who is still in a stage after daily entries float[D, S]."""
    age = np.arange(len(entered), 0, -1.0) - 0.5
    left = entered * np.array([np.interp(age, law.edges, row) for row in law.survival]).T
    day, stage = np.nonzero(left > 1e-9)
    return OpenStays(stage, age[day], np.full(day.size, np.nan), left[day, stage])
