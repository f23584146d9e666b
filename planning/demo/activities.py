"""Rows of recent activities: what was done in each stage, and what is to be done next."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from core import clock
from crm.models import Activity, Customer
from pipeline.models import Opportunity
from planning.demo.journal import Journal, Phase, Step
from planning.demo.moments import instant, plan_start
from planning.demo.spells import CALL, EMAIL, MEETING, TASK, Choice, spells_of

LOGGED = 0.94
"""The share of work that the reps write down."""

NEXT_WITH_PHASE: dict[Phase, Choice] = {
    Phase.PROJECT: ((MEETING, "Visit the plant"), (CALL, "Ask for drawings and samples")),
    Phase.PROPOSAL: ((CALL, "Follow up on the proposal"), (TASK, "Revise the proposal")),
    Phase.NEGOTIATION: ((CALL, "Call about the contract"), (MEETING, "Negotiate payment terms")),
}
NEXT_WITH_STEP: dict[Step, Choice] = {
    Step.SUSPECT: ((CALL, "First call"),),
    Step.PROSPECT: ((CALL, "Ask about the next investment"), (EMAIL, "Send the catalogue")),
}
HAS_NEXT_WITH_DEAL = 0.75
HAS_NEXT_WITH_CUSTOMER = 0.35


def activities_of(
    journal: Journal, customers: list[Customer], deals: list[Opportunity], rng: np.random.Generator
) -> list[Activity]:
    """Done and open activities, in the order in which they were noted."""
    found = [*_next(journal, customers, deals, rng), *_done(journal, customers, deals, rng)]
    return sorted(found, key=lambda activity: activity.created_at)


def _done(
    journal: Journal, customers: list[Customer], deals: list[Opportunity], rng: np.random.Generator
) -> Iterator[Activity]:
    for spell in spells_of(journal):
        if rng.random() < LOGGED:
            about = Activity(
                customer=customers[spell.customer],
                opportunity=None if spell.deal is None else deals[spell.deal],
                owner=customers[spell.customer].owner,
            )
            for minute, minutes, choice in spell.pieces(rng):
                at = instant(minute)
                yield _activity(about, choice, rng, created_at=at, done_at=at, minutes=minutes)


def _next(
    journal: Journal, customers: list[Customer], deals: list[Opportunity], rng: np.random.Generator
) -> Iterator[Activity]:
    for deal_row, deal in zip(deals, journal.deals, strict=True):
        choice = NEXT_WITH_PHASE.get(deal.phase)
        if choice and deal.at_work and rng.random() < HAS_NEXT_WITH_DEAL:
            about = Activity(customer=customers[deal.customer], opportunity=deal_row)
            yield _open(about, choice, deal.moves[-1].at, rng)
    for row, customer in zip(customers, journal.customers, strict=True):
        upcoming = None if customer.step is None else NEXT_WITH_STEP.get(customer.step)
        if upcoming and customer.at_work and rng.random() < HAS_NEXT_WITH_CUSTOMER:
            yield _open(Activity(customer=row), upcoming, customer.climbs[-1].at, rng)


def _open(about: Activity, choice: Choice, last_move: int, rng: np.random.Generator) -> Activity:
    created_at = instant(last_move)
    due_at = max(_due(rng), created_at + timedelta(hours=2))
    return _activity(about, choice, rng, created_at=created_at, due_at=due_at)


def _due(rng: np.random.Generator) -> datetime:
    """Around the day the clock stands at: some overdue, some on the day itself, most later."""
    kind, start = rng.random(), plan_start()
    if kind < 0.2:
        days = -int(rng.integers(1, 12))
    else:
        days = 0 if kind < 0.35 else int(rng.integers(1, 22))
    day: date = start.date() + timedelta(days=days)
    hour = int(rng.integers(9, 18)) if days else int(rng.integers(10, 18))
    return datetime.combine(day, time(hour), tzinfo=clock.company_zone())


def _activity(about: Activity, choice: Choice, rng: np.random.Generator, **fields: Any) -> Activity:
    kind, subject = choice[int(rng.integers(len(choice)))]
    return Activity(
        customer=about.customer,
        opportunity=about.opportunity,
        owner=about.customer.owner,
        kind=kind,
        subject=subject,
        **fields,
    )
