"""The founding case as its page tells it: what was chosen, or what somebody else would choose."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from accounts.models import User
from core import clock
from pipeline.models import Estimate
from planning.demo.base_year import (
    AVAILABLE,
    PLAN_START,
    REP_HOURS_A_DAY,
    WORKED,
    BaseYear,
    plan_year,
    remembered,
)
from planning.demo.company import BASE_YEAR, CURRENCY, DOMAIN, REPS
from planning.demo.founding import PIPELINE
from planning.demo.founding_case import Assumptions, Hires, Played, play
from planning.engine import LeadStream, Load, Patience, Work, overload
from planning.engine.law import Floats
from planning.funnel_law import KnownFunnel, known_funnel
from planning.solving import following_months

KEPT = 0.80
"""The chance with which a target counts as one that can be kept."""
NOBODY = 0.5
"""Fewer subjects than this are none."""
FIRST_BEGIN, LAST_BEGIN = -6, 11


@dataclass(frozen=True)
class Choice:
    """A plan for 2002. target, leads: multiples of the base year's; people: how many are hired,
    evenly over `months` months, the first `begin` months after January (before it, negative);
    is_trained: whether colleagues teach them."""

    target: float
    leads: float
    people: float
    begin: int
    months: int
    is_trained: bool = True

    def hires(self) -> Hires:
        first = PLAN_START.year * 12 + PLAN_START.month - 1 + self.begin
        starts = following_months(date(first // 12, first % 12 + 1, 1), self.months)
        days = np.array([float((start - PLAN_START).days) for start in starts])
        return Hires(days, np.full(days.size, self.people / days.size))


def what_they_did(base: BaseYear) -> Choice:
    """Four times the leads, and some more people over the year."""
    assumed = Assumptions()
    return Choice(
        target=assumed.multiple,
        leads=assumed.multiple,
        people=_halves(base, assumed.more_reps),
        begin=0,
        months=assumed.months_of_hiring,
    )


def people_first(base: BaseYear) -> Choice:
    """Four times the leads, and people for all of them five months before the year."""
    multiple = Assumptions().multiple
    return Choice(multiple, multiple, _halves(base, multiple), begin=-5, months=1)


def one_that_can_be_kept(base: BaseYear) -> Choice:
    """From the first day of 2002 on: twice the leads, and people who can be found in January."""
    return Choice(target=1.3, leads=2.0, people=round(0.55 * base.reps), begin=0, months=1)


def _halves(base: BaseYear, multiple: float) -> float:
    """Who is to be hired so that there is `multiple` times the base year's trained capacity."""
    return round(2 * max(multiple * base.reps - float(base.known[-1]), 0.0)) / 2


def seeds_estimate() -> Estimate | None:
    """What was known of Billion's funnel on the first day of 2002; None without the demo."""
    first = clock.day_start(PLAN_START)
    known = Estimate.objects.filter(
        pipeline__name=PIPELINE,
        segment="",
        as_of__gte=first,
        as_of__lt=clock.day_start(PLAN_START.replace(day=2)),
    )
    return known.order_by("pk").first() if branches() else None


def branches() -> int:
    """How many times the demo company was built side by side; 0 where it is not installed."""
    first_reps = rf"^{re.escape(REPS[0].local)}(\.\d+)?@{re.escape(DOMAIN)}$"
    return User.objects.filter(email__iregex=first_reps).count()


def base_year_of(estimate: Estimate) -> BaseYear:
    return _base_year(estimate.pk, estimate.computed_at.isoformat(), branches())


@lru_cache(maxsize=4)
def _base_year(pk: int, computed_at: str, copies: int) -> BaseYear:
    """Kept: the estimate never changes, and what is played is remembered by its base year.

    Branches differ by nothing but luck, so that of each the hours of the first are taken.
    """
    funnel = known_funnel(Estimate.objects.get(pk=pk), currency=CURRENCY)
    return remembered(funnel, WORKED * copies, AVAILABLE * copies, REPS * copies)


@dataclass(frozen=True, eq=False)
class Told:
    """A choice and what becomes of it.

    able: its course had everybody hired been worth a trained colleague from the first day.
    """

    choice: Choice
    played: Played
    able: Load

    @property
    def revenues(self) -> tuple[float, float]:
        """The worse and the better end, CNY."""
        band = self.played.band
        low, high = sorted(float(load.revenue.sum()) for load in (band.kind, band.harsh))
        return low, high

    @property
    def multiples(self) -> tuple[float, float]:
        low, high = sorted(self.played.multiples)
        return low, high

    @property
    def profits(self) -> tuple[float, float]:
        low, high = sorted(self.played.profits)
        return low, high

    @property
    def chances(self) -> tuple[float, float]:
        """Of the target, at the worse and the better end."""
        low, high = sorted((self.played.chance, self.played.harsh_chance))
        return low, high

    @property
    def wasted(self) -> tuple[float, float]:
        """Leads lost by waiting, fewer and more."""
        band = self.played.band
        low, high = sorted(float(load.wasted_leads.sum()) for load in (band.kind, band.harsh))
        return low, high

    @property
    def code(self) -> str:
        """reachable, tight or unreachable, as plans are judged."""
        if self.chances[0] >= KEPT:
            return "reachable"
        return "tight" if self.multiples[1] >= self.choice.target else "unreachable"


@lru_cache(maxsize=128)
def tell(base: BaseYear, choice: Choice) -> Told:
    """Play a choice; three runs of the queue and one without it."""
    assumed = replace(Assumptions(), multiple=choice.target, is_trained=choice.is_trained)
    leads = np.full(12, choice.leads * base.leads / 12)
    played = play(base, leads, choice.hires(), assumed)
    if played.band.kind.wasted_leads.sum() < NOBODY:
        return Told(choice, played, played.band.kind)
    return Told(choice, played, _able(base, leads, choice.hires(), assumed))


def _able(base: BaseYear, leads: Floats, hires: Hires, assumed: Assumptions) -> Load:
    able = replace(assumed, beginner=1.0, coaching=0.0)
    window = plan_year()
    reps = base.known + hires.strength(able, 0, window.horizon)
    work = Work(base.hours_per_entry[None], reps[None] * REP_HOURS_A_DAY)
    patience = Patience(assumed.sla_days, assumed.half_life_days)
    return overload([LeadStream(base.law, base.stays, leads)], window, work, patience)


def growth_of(funnel: KnownFunnel) -> float:
    """Revenue of the base year beside that of the year before."""
    years = (date(BASE_YEAR - 1, 1, 1), date(BASE_YEAR, 1, 1))
    before, base = (float(funnel.in_window(first, 12)[2].sum()) for first in years)
    return base / before - 1
