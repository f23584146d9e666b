"""What happened to customers and deals, as the simulation notes it down.

Instants are minutes since midnight of the founding day, by the company's wall clock.
"""

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum

MINUTES_A_DAY = 24 * 60


class Step(IntEnum):
    """Stages of the ladder, in its order."""

    SUSPECT = 0
    PROSPECT = 1
    QUALIFIED = 2
    CUSTOMER = 3
    LOST = 4


class Phase(IntEnum):
    """Stages of the pipeline, in its order."""

    PROJECT = 0
    PROPOSAL = 1
    NEGOTIATION = 2
    WON = 3
    LOST = 4


@dataclass
class Climb:
    """A customer's move on the ladder; ``cause`` as LifecycleChange names it."""

    at: int
    to: Step
    cause: str


@dataclass
class Customer:
    """``at_work`` is false once nobody works on a customer who climbs no further."""

    rep: int
    source: int
    region: str
    born: int
    climbs: list[Climb] = field(default_factory=list)
    open_deals: int = 0
    at_work: bool = True

    @property
    def step(self) -> Step | None:
        return self.climbs[-1].to if self.climbs else None


@dataclass
class Move:
    """A deal's move; ``reason`` indexes the lost reasons, where it was lost."""

    at: int
    to: Phase
    reason: int | None = None


@dataclass
class Quote:
    """What a deal was thought to be worth from ``at`` on: ``share`` of its size, None unknown."""

    at: int
    share: float | None
    close_day: int


@dataclass
class Deal:
    """``size`` is the worth in the company's currency before price trends.

    ``at_work`` is false for a deal that is dead without anybody having said so.
    """

    customer: int
    product: int
    pieces: int
    size: float
    currency: str
    is_repeat: bool
    moves: list[Move] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    at_work: bool = True

    @property
    def phase(self) -> Phase:
        return self.moves[-1].to

    @property
    def won_at(self) -> int | None:
        last = self.moves[-1]
        return last.at if last.to is Phase.WON else None

    @property
    def share(self) -> float:
        """The last quote as a share of the size; 1 where none was given."""
        return self.quotes[-1].share or 1.0


@dataclass
class Journal:
    """One branch's history; ``hours`` is the work done and ``available`` the work that could
    have been done, by day since the founding."""

    customers: list[Customer]
    deals: list[Deal]
    hours: list[float]
    available: list[float]

    def utilisation(self, first_day: int, last_day: int) -> float:
        """Hours worked per hour available, from a day to the day before another."""
        return sum(self.hours[first_day:last_day]) / sum(self.available[first_day:last_day])

    def checksum(self) -> str:
        """The same for the same history, on every run."""
        return hashlib.sha256(repr((self.customers, self.deals)).encode()).hexdigest()
