"""Rows of recent activities: what was done beside recent moves, and what is to be done next."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import numpy as np

from core import clock
from crm.models import Activity, Customer
from planning.demo.company import FOUNDED, LAST_DAY
from planning.demo.journal import MINUTES_A_DAY, Journal, Phase, Step
from planning.demo.moments import instant, plan_start

RECENT_DAYS = 150
CALL, MEETING, EMAIL, TASK = (Activity.Kind(k) for k in ("call", "meeting", "email", "task"))

Choice = tuple[tuple[Activity.Kind, str], ...]

BESIDE_STEP: dict[Step, Choice] = {
    Step.PROSPECT: ((CALL, "Called: interested, sends samples"), (MEETING, "Talked at the plant")),
    Step.QUALIFIED: ((MEETING, "Visited the plant, measured the line"), (CALL, "Need confirmed")),
    Step.LOST: ((CALL, "Called: no need in the foreseeable future"),),
}
BESIDE_PHASE: dict[Phase, Choice] = {
    Phase.PROPOSAL: ((EMAIL, "Sent the proposal"), (MEETING, "Presented the proposal")),
    Phase.NEGOTIATION: ((MEETING, "Talked about price and delivery"), (CALL, "Asked for terms")),
    Phase.WON: ((MEETING, "Signed the contract"),),
    Phase.LOST: ((CALL, "Called: decided against us"),),
}
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
    journal: Journal, customers: list[Customer], rng: np.random.Generator
) -> list[Activity]:
    """Done and open activities, in the order in which they were noted."""
    found = [*_done(journal, customers, rng), *_next(journal, customers, rng)]
    return sorted(found, key=lambda activity: activity.created_at)


def _done(
    journal: Journal, customers: list[Customer], rng: np.random.Generator
) -> Iterator[Activity]:
    since = ((LAST_DAY - FOUNDED).days - RECENT_DAYS) * MINUTES_A_DAY
    moves: list[tuple[int, int, Choice]] = []
    for place, customer in enumerate(journal.customers):
        moves += [(place, c.at, BESIDE_STEP.get(c.to, ())) for c in customer.climbs]
    for deal in journal.deals:
        moves += [(deal.customer, m.at, BESIDE_PHASE.get(m.to, ())) for m in deal.moves]
    for place, minute, choice in moves:
        if minute >= since and choice:
            at = instant(minute)
            yield _activity(customers[place], choice, rng, created_at=at, done_at=at)


def _next(
    journal: Journal, customers: list[Customer], rng: np.random.Generator
) -> Iterator[Activity]:
    for deal in journal.deals:
        choice = NEXT_WITH_PHASE.get(deal.phase)
        if choice and deal.at_work and rng.random() < HAS_NEXT_WITH_DEAL:
            yield _open(customers[deal.customer], choice, deal.moves[-1].at, rng)
    for row, customer in zip(customers, journal.customers, strict=True):
        upcoming = None if customer.step is None else NEXT_WITH_STEP.get(customer.step)
        if upcoming and customer.at_work and rng.random() < HAS_NEXT_WITH_CUSTOMER:
            yield _open(row, upcoming, customer.climbs[-1].at, rng)


def _open(customer: Customer, choice: Choice, last_move: int, rng: np.random.Generator) -> Activity:
    created_at = instant(last_move)
    due_at = max(_due(rng), created_at + timedelta(hours=2))
    return _activity(customer, choice, rng, created_at=created_at, due_at=due_at)


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


def _activity(
    customer: Customer, choice: Choice, rng: np.random.Generator, **when: datetime
) -> Activity:
    kind, subject = choice[int(rng.integers(len(choice)))]
    return Activity(customer=customer, owner=customer.owner, kind=kind, subject=subject, **when)
