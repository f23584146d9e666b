"""How Billion's market behaves: rates, times and sizes, all invented.

From suspect to win about 5.4 % and 96 days; larger deals are won less often and take longer.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from planning.demo.company import EXHIBITIONS, FOUNDED, PRODUCTS, SOURCES
from planning.demo.journal import Phase, Step
from planning.demo.names import pick


@dataclass(frozen=True)
class Exit:
    """A way out of a stage: how probable, after how many days on average."""

    to: int
    chance: float
    days: float


@dataclass(frozen=True)
class Stage:
    """Ways out of a stage, the last of them lost; ``hours`` of work for each.

    ``forgotten`` is the share of the losses that nobody ever enters.
    """

    exits: tuple[Exit, ...]
    hours: float
    forgotten: float


LADDER = {
    Step.SUSPECT: Stage(
        (
            Exit(Step.PROSPECT, 0.35, 15),
            Exit(Step.QUALIFIED, 0.015, 24),
            Exit(Step.LOST, 0.635, 36),
        ),
        hours=1.8,
        forgotten=0.35,
    ),
    Step.PROSPECT: Stage(
        (
            Exit(Step.QUALIFIED, 0.54, 18),
            Exit(Step.SUSPECT, 0.03, 30),
            Exit(Step.LOST, 0.43, 50),
        ),
        hours=4.0,
        forgotten=0.25,
    ),
}
PIPELINE = {
    Phase.PROJECT: Stage(
        (
            Exit(Phase.PROPOSAL, 0.56, 11),
            Exit(Phase.NEGOTIATION, 0.03, 18),
            Exit(Phase.LOST, 0.41, 34),
        ),
        hours=6.5,
        forgotten=0.15,
    ),
    Phase.PROPOSAL: Stage(
        (
            Exit(Phase.NEGOTIATION, 0.55, 14),
            Exit(Phase.WON, 0.02, 20),
            Exit(Phase.PROJECT, 0.04, 16),
            Exit(Phase.LOST, 0.39, 38),
        ),
        hours=9.8,
        forgotten=0.10,
    ),
    Phase.NEGOTIATION: Stage(
        (Exit(Phase.WON, 0.66, 11), Exit(Phase.PROPOSAL, 0.05, 12), Exit(Phase.LOST, 0.29, 24)),
        hours=8.4,
        forgotten=0.04,
    ),
}

QUALIFIED_BY_HAND = 0.25
NO_DEAL_AFTER_HAND = 0.10
DAYS_TO_DEAL_AFTER_HAND = 10
SECOND_DEAL = 0.08
REOPENED = 0.04
COMEBACK = 0.03
GIVEN_UP_AFTER_LOSS = 0.45
ANOTHER_TRY_AFTER_LOSS = 0.12
YEARS_BETWEEN_ORDERS = 1.7
REPEAT_ODDS = 1.7
DIRECT_DEALS = 0.006
IN_DOLLARS = 0.02

TYPICAL_SIZE = 95_000
SIZE_ON_ODDS = -0.30
SIZE_ON_TIME = 0.14

SEASON = (0.95, 0.80, 1.15, 1.10, 1.00, 1.00, 0.92, 0.90, 1.10, 1.05, 1.05, 0.98)
LEADS_A_MONTH = (
    (date(1999, 3, 1), 30),
    (date(2000, 1, 1), 78),
    (date(2001, 1, 1), 130),
    (date(2002, 1, 1), 224),
)
WORKDAYS_A_MONTH = 20.5
EXHIBITION_WEEKS = ((3, 12), (6, 5), (10, 15))
HOLIDAYS = (
    [date(1999, 10, 1) + timedelta(days=d) for d in range(7)]
    + [date(2000, 2, 4) + timedelta(days=d) for d in range(8)]
    + [date(2000, 5, 1) + timedelta(days=d) for d in range(7)]
    + [date(2000, 10, 1) + timedelta(days=d) for d in range(7)]
    + [date(2001, 1, 23) + timedelta(days=d) for d in range(8)]
    + [date(2001, 5, 1) + timedelta(days=d) for d in range(7)]
    + [date(2001, 10, 1) + timedelta(days=d) for d in range(7)]
)


def is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def has_exhibition(day: date) -> bool:
    """Whether a fair was on within the last two weeks."""
    return any(
        0 <= (day - date(day.year, month, first)).days < 14 for month, first in EXHIBITION_WEEKS
    )


def leads_expected(day: date) -> float:
    """New suspects on a working day."""
    days = [(knot - FOUNDED).days for knot, _ in LEADS_A_MONTH]
    a_month = np.interp((day - FOUNDED).days, days, [leads for _, leads in LEADS_A_MONTH])
    busy = 1.3 if has_exhibition(day) else 1.0
    return float(a_month) / WORKDAYS_A_MONTH * SEASON[day.month - 1] * busy


def draw_source(day: date, rng: np.random.Generator) -> int:
    shares = [source.share for source in SOURCES]
    shares[EXHIBITIONS] *= 2.2 if has_exhibition(day) else 0.7
    return pick(tuple(shares), rng)


def leave_ladder_stage(
    step: Step, source: int, rng: np.random.Generator
) -> tuple[Step, float] | None:
    """Where to and after how many days a customer leaves a stage; ``None`` for never."""
    kind = SOURCES[source]
    found = _leave(LADDER[step], odds=kind.quality, delay=kind.delay, rng=rng)
    return found and (Step(found[0]), found[1])


def leave_phase(
    phase: Phase, size: float, is_repeat: bool, rng: np.random.Generator
) -> tuple[Phase, float] | None:
    """Where to and after how many days a deal leaves a stage; ``None`` for never."""
    relative = size / TYPICAL_SIZE
    odds = relative**SIZE_ON_ODDS * (REPEAT_ODDS if is_repeat else 1.0)
    delay = relative**SIZE_ON_TIME * (0.7 if is_repeat else 1.0)
    found = _leave(PIPELINE[phase], odds=_capped(odds), delay=delay, rng=rng)
    return found and (Phase(found[0]), found[1])


def draw_order(is_repeat: bool, rng: np.random.Generator) -> tuple[int, int, float]:
    """(product, pieces, size): what a customer is after, and its worth."""
    product = pick(tuple(p.repeat if is_repeat else p.share for p in PRODUCTS), rng)
    kind = PRODUCTS[product]
    pieces = 1 + int(rng.random() ** 2 * kind.largest_order)
    return product, pieces, kind.price * pieces * float(np.exp(rng.normal(0, 0.22)))


def _leave(
    stage: Stage, *, odds: float, delay: float, rng: np.random.Generator
) -> tuple[int, float] | None:
    onward = stage.exits[:-1]
    chances = [way.chance for way in onward]
    chances[0] = _with_odds(chances[0], odds)
    place = pick((*chances, max(1 - sum(chances), 0.02)), rng)
    if place == len(onward) and rng.random() < stage.forgotten:
        return None
    way = stage.exits[place]
    # Two steps of equal length make a gamma of shape 2: few leave on the first days.
    return way.to, float(rng.gamma(2.0, way.days / 2)) * delay


def _with_odds(chance: float, odds: float) -> float:
    return chance * odds / (1 - chance + chance * odds)


def _capped(odds: float) -> float:
    return min(max(odds, 0.35), 3.0)
