"""What explains a number of a solved plan: its parts, and the facts that its sentence tells."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from planning.engine.arithmetic import Workings
from planning.engine.waiting import Left
from planning.funnel_law import Floats
from planning.solving import SolvedPlan

Unit = Literal["subjects", "money", "hours", "share"]
YEAR, QUARTER = 12, 3


@dataclass(frozen=True)
class Asked:
    """Which number is asked about.

    stage: its place in the funnel; month: its place in the plan's year, None for the year as a
    whole; quarter: 1 to 4, of wins and revenue; name: of a role or channel; place: of a limit, in
    the order in which they are told; dimension, value: the part of the plan whose number it is,
    none of the plan as a whole.
    """

    about: str
    stage: int | None = None
    month: int | None = None
    name: str = ""
    place: int | None = None
    dimension: str = ""
    value: str = ""
    quarter: int | None = None


class NothingToExplain(Exception):
    """The plan has no such number."""


@dataclass(frozen=True)
class Part:
    """A part of a number. ``quantity`` x ``price`` is its value, where it has both.

    origin: so_far, base, open, again, direct, before, back, lead (how subjects and money come
    about); entry, stay (hours of work); tier, channel, hires, overtime, payroll, margin, spend
    (money for means); luck, rates, shock, expected, reserve (how sure it is); month (worth).
    """

    origin: str
    value: float
    stage: int | None = None
    month: int | None = None
    name: str = ""
    quantity: float | None = None
    price: float | None = None


@dataclass(frozen=True, eq=False)
class Explained:
    """``value`` is unrounded, ``shown`` as the page has it. The parts sum to ``value``; of a
    chance, to one, as shares of its uncertainty. ``by_month``: what a picture of it draws, float[M]
    by name."""

    asked: Asked
    unit: Unit
    value: float
    shown: float
    parts: tuple[Part, ...]
    facts: dict[str, Any]
    by_month: dict[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Told:
    """A solved plan with its workings: of the requirements published, and of what is possible,
    which is the same where the target can be reached."""

    solved: SolvedPlan

    @cached_property
    def published(self) -> Workings:
        solved, within = self.solved, self.solved.within
        if within is None:
            stays = solved.funnel.open_stays
            law, window, goal = solved.funnel.law, solved.window, solved.goal
            return Workings.of(law, stays, window, goal, solved.solution)
        if within.is_reached:
            return self.possible
        return self._with(within.segments[0].outlook, solved.solution)

    @cached_property
    def possible(self) -> Workings:
        solved, within = self.solved, self.solved.within
        if within is None:
            return self.published
        return self._with(within.mixed[0], solved.possible)

    def _with(self, outlook: Any, solution: Any) -> Workings:
        solved = self.solved
        return Workings(solved.funnel.law, solved.window, solved.goal, outlook, solution)

    def left(self, workings: Workings) -> Left:
        """What waiting leaves of what ``workings`` tell."""
        within = self.solved.within
        if within is None or workings is not self.possible:
            return Left.all(YEAR)
        return within.program.left

    def lost(self, workings: Workings) -> float:
        """The revenue of the year that waiting costs what ``workings`` tell."""
        within = self.solved.within
        return within.program.lost if within and workings is self.possible else 0.0

    def months(self, asked: Asked) -> range:
        """The places of the months asked about."""
        if asked.quarter is not None:
            return range(QUARTER * (asked.quarter - 1), QUARTER * asked.quarter)
        return range(YEAR) if asked.month is None else range(asked.month, asked.month + 1)

    def rate(self, stage: int) -> dict[str, Any]:
        """What the estimate publishes of a stage."""
        kind, pk = self.solved.funnel.rows[stage]
        stages = self.solved.estimate.payload["stages"]
        found: dict[str, Any] = next(s for s in stages if (s["kind"], s["stage"]) == (kind, pk))
        return found


def three_digits(value: float) -> float:
    """Money as pages show it."""
    return float(f"{value:.3g}")


def kept(parts: list[Part]) -> tuple[Part, ...]:
    """Those that are something."""
    return tuple(part for part in parts if part.value)


def nothing() -> Floats:
    return np.zeros(YEAR)
