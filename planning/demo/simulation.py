"""One branch of Billion from its founding to the last day of the base year, day by day.

Customers arrive, and each rep does as much of the work that is due as a day's hours allow, late
stages first; what is left waits. Pure: a seed in, a Journal out.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from planning.demo import behaviour
from planning.demo.company import CURRENCY, FOUNDED, LAST_DAY, LOST_REASONS, Person
from planning.demo.journal import (
    MINUTES_A_DAY,
    Climb,
    Customer,
    Deal,
    Journal,
    Move,
    Phase,
    Quote,
    Step,
)
from planning.demo.names import pick

SEED = (19990301, 57)
"""Of the seeds tried, one whose first branch comes close to the rates and times intended."""
OPENING_MINUTE = 9 * 60
HOURS_A_DAY = 5.6
"""What a rep has for customers; the rest of the day is travel, reports and meetings."""
TRAINING_DAYS = 90

Act = Callable[[int], None]


@dataclass(order=True)
class Task:
    """Work on a customer or a deal; late stages come first."""

    urgency: int
    due: int
    number: int
    hours: float = field(compare=False)
    act: Act = field(compare=False)


def simulate(reps: tuple[Person, ...], *, branch: int = 0) -> Journal:
    """The history of one branch; the same for the same reps and branch."""
    return _Branch(reps, np.random.default_rng([*SEED, branch])).run()


class _Branch:
    def __init__(self, reps: tuple[Person, ...], rng: np.random.Generator) -> None:
        self.reps, self.rng = reps, rng
        self.journal = Journal([], [], [], [])
        self._waiting: list[tuple[int, int, int, Task]] = []
        self._desks: list[list[Task]] = [[] for _ in reps]
        self._overrun = [0.0] * len(reps)
        self._tasks = 0

    def run(self) -> Journal:
        for number in range((LAST_DAY - FOUNDED).days + 1):
            day = FOUNDED + timedelta(days=number)
            self.journal.hours.append(0.0)
            self.journal.available.append(0.0)
            if behaviour.is_workday(day):
                self._arrivals(day, number)
                self._hand_out(number)
                for rep in range(len(self.reps)):
                    self._work(rep, day, number)
        return self.journal

    def _arrivals(self, day: date, number: int) -> None:
        count = int(self.rng.poisson(behaviour.leads_expected(day)))
        for minute in sorted(self.rng.integers(0, 8 * 60, size=count).tolist()):
            customer = self._meet(day, number * MINUTES_A_DAY + OPENING_MINUTE + minute)
            if self.rng.random() < behaviour.DIRECT_DEALS:
                self._open_deal(customer, self.journal.customers[customer].born)
            else:
                self._climb(customer, Step.SUSPECT, self.journal.customers[customer].born)

    def _meet(self, day: date, at: int) -> int:
        shares = [
            self._strength(rep, day) / (1 + len(desk) / 4)
            for rep, desk in zip(self.reps, self._desks, strict=True)
        ]
        rep = pick(tuple(shares), self.rng)
        source = behaviour.draw_source(day, self.rng)
        self.journal.customers.append(Customer(rep, source, self.reps[rep].team, at))
        return len(self.journal.customers) - 1

    @staticmethod
    def _strength(rep: Person, day: date) -> float:
        """Share of an ordinary rep's work that this one gets done; half while in training."""
        days = (day - rep.joined).days
        return 0.0 if days < 0 else rep.pace * (0.5 if 0 <= days < TRAINING_DAYS else 1.0)

    def _hand_out(self, number: int) -> None:
        while self._waiting and self._waiting[0][0] <= number:
            _, _, rep, task = heapq.heappop(self._waiting)
            heapq.heappush(self._desks[rep], task)

    def _work(self, rep: int, day: date, number: int) -> None:
        hours = HOURS_A_DAY * self._strength(self.reps[rep], day)
        desk, spent, done = self._desks[rep], min(self._overrun[rep], hours), 0
        opening = number * MINUTES_A_DAY + OPENING_MINUTE
        overrun = self._overrun[rep] - spent
        while desk and spent < hours:
            task = heapq.heappop(desk)
            # What does not fit into the day is written down today and finished tomorrow.
            overrun = max(spent + task.hours - hours, 0.0)
            spent = min(spent + task.hours, hours)
            task.act(opening + int(spent / hours * 8 * 60) + done)
            done += 1
        self._overrun[rep] = overrun
        self.journal.hours[number] += spent
        self.journal.available[number] += hours

    def _plan(
        self, rep: int, at: int, days: float, *, urgency: int, hours: float, act: Act
    ) -> None:
        self._tasks += 1
        due = at // MINUTES_A_DAY + max(1, round(days))
        task = Task(urgency, due, self._tasks, hours, act)
        heapq.heappush(self._waiting, (due, self._tasks, rep, task))

    def _climb(self, place: int, to: Step, at: int, cause: str = "hand") -> None:
        customer = self.journal.customers[place]
        customer.climbs.append(Climb(at, to, cause))
        if to not in behaviour.LADDER:
            return
        leaving = behaviour.leave_ladder_stage(to, customer.source, self.rng)
        customer.at_work = leaving is not None
        if leaving is None:
            return
        step, days = leaving
        hours = behaviour.LADDER[to].hours
        self._plan_for(place, at, days, hours, lambda then: self._leave(place, to, step, then))

    def _plan_for(self, place: int, at: int, days: float, hours: float, act: Act) -> None:
        customer = self.journal.customers[place]
        urgency = -int(customer.step or 0)
        self._plan(customer.rep, at, days, urgency=urgency, hours=hours, act=act)

    def _leave(self, place: int, step: Step, to: Step, at: int) -> None:
        if self.journal.customers[place].step is not step:
            # A deal has moved the customer on meanwhile.
            return
        if to is Step.QUALIFIED:
            self._qualify(place, at)
            return
        self._climb(place, to, at)
        if to is Step.LOST and self.rng.random() < behaviour.COMEBACK:
            back = self.rng.exponential(150.0)
            self._plan_for(place, at, back, 1.0, lambda then: self._come_back(place, then))

    def _come_back(self, place: int, at: int) -> None:
        if self.journal.customers[place].step is Step.LOST:
            self._climb(place, Step.PROSPECT, at)

    def _qualify(self, place: int, at: int) -> None:
        if self.rng.random() >= behaviour.QUALIFIED_BY_HAND:
            self._open_deal(place, at)
            return
        self._climb(place, Step.QUALIFIED, at)
        days = self.rng.gamma(2.0, behaviour.DAYS_TO_DEAL_AFTER_HAND / 2)
        if self.rng.random() < behaviour.NO_DEAL_AFTER_HAND:
            self._plan_for(place, at, 60 + days, 0.5, lambda then: self._give_up(place, then))
        else:
            self._plan_for(place, at, days, 2.0, lambda then: self._open_deal(place, then))

    def _give_up(self, place: int, at: int) -> None:
        customer = self.journal.customers[place]
        if customer.step is Step.QUALIFIED and not customer.open_deals:
            self._climb(place, Step.LOST, at)

    def _open_deal(self, place: int, at: int) -> None:
        customer = self.journal.customers[place]
        is_repeat = any(climb.to is Step.CUSTOMER for climb in customer.climbs)
        product, pieces, size = behaviour.draw_order(is_repeat, self.rng)
        currency = "USD" if self.rng.random() < behaviour.IN_DOLLARS else CURRENCY
        deal = Deal(place, product, pieces, size, currency, is_repeat)
        guess = None if self.rng.random() < 0.15 else float(np.exp(self.rng.normal(0, 0.12)))
        deal.quotes.append(Quote(at, guess, self._close_day(at, 55)))
        self.journal.deals.append(deal)
        customer.open_deals += 1
        if customer.step in (None, Step.SUSPECT, Step.PROSPECT, Step.LOST):
            self._climb(place, Step.QUALIFIED, at, "deal_opened")
        self._move(deal, Phase.PROJECT, at)
        if not is_repeat and self.rng.random() < behaviour.SECOND_DEAL:
            days = self.rng.uniform(5, 60)
            self._plan_for(place, at, days, 2.0, lambda then: self._open_deal(place, then))

    def _close_day(self, at: int, days: float) -> int:
        return at // MINUTES_A_DAY + max(5, int(self.rng.gamma(4.0, days / 4)))

    def _move(self, deal: Deal, to: Phase, at: int, reason: int | None = None) -> None:
        deal.moves.append(Move(at, to, reason))
        self._requote(deal, to, at)
        if to not in behaviour.PIPELINE:
            return
        leaving = behaviour.leave_phase(to, deal.size, deal.is_repeat, self.rng)
        deal.at_work = leaving is not None
        if leaving is None:
            return
        phase, days = leaving
        self._plan(
            self.journal.customers[deal.customer].rep,
            at,
            days,
            urgency=-10 - int(to),
            hours=behaviour.PIPELINE[to].hours * (0.6 if deal.is_repeat else 1.0),
            act=lambda then: self._leave_phase(deal, phase, then),
        )

    def _requote(self, deal: Deal, to: Phase, at: int) -> None:
        """A proposal has a price; a negotiation may take something off it."""
        now = deal.quotes[-1].share
        if to is Phase.PROPOSAL:
            deal.quotes.append(Quote(at, 1.0, self._close_day(at, 32)))
        elif to is Phase.NEGOTIATION and (now is None or self.rng.random() < 0.5):
            share = (now or 1.0) * self.rng.uniform(0.92, 0.99)
            deal.quotes.append(Quote(at, share, self._close_day(at, 16)))
        elif to is Phase.WON and now is None:
            deal.quotes.append(Quote(at, 1.0, at // MINUTES_A_DAY))

    def _leave_phase(self, deal: Deal, to: Phase, at: int) -> None:
        if to is Phase.WON:
            self._win(deal, at)
        elif to is Phase.LOST:
            self._lose(deal, at)
        else:
            self._move(deal, to, at)

    def _win(self, deal: Deal, at: int) -> None:
        customer = self.journal.customers[deal.customer]
        self._move(deal, Phase.WON, at)
        customer.open_deals -= 1
        if customer.step is not Step.CUSTOMER:
            self._climb(deal.customer, Step.CUSTOMER, at, "deal_won")
        self._order_again(deal.customer, at)

    def _lose(self, deal: Deal, at: int) -> None:
        place, customer = deal.customer, self.journal.customers[deal.customer]
        self._move(deal, Phase.LOST, at, pick(tuple(s for _, s in LOST_REASONS), self.rng))
        customer.open_deals -= 1
        if self.rng.random() < behaviour.REOPENED:
            days = 10 + self.rng.exponential(40.0)
            self._plan_for(place, at, days, 1.0, lambda then: self._reopen(deal, then))
        elif deal.is_repeat:
            self._order_again(place, at)
        elif self.rng.random() < behaviour.GIVEN_UP_AFTER_LOSS:
            days = self.rng.uniform(5, 60)
            self._plan_for(place, at, days, 0.5, lambda then: self._give_up(place, then))
        elif self.rng.random() < behaviour.ANOTHER_TRY_AFTER_LOSS:
            days = self.rng.uniform(60, 300)
            self._plan_for(place, at, days, 2.0, lambda then: self._open_deal(place, then))

    def _reopen(self, deal: Deal, at: int) -> None:
        self.journal.customers[deal.customer].open_deals += 1
        self._move(deal, Phase.PROPOSAL, at)

    def _order_again(self, place: int, at: int) -> None:
        days = 30 + self.rng.exponential(365 * behaviour.YEARS_BETWEEN_ORDERS)
        self._plan_for(place, at, days, 2.0, lambda then: self._open_deal(place, then))
