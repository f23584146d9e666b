"""The work in each stage of recent times, in pieces: what was done, when, and how long it took.

A rep works as many hours on a stay as the simulation gives it; it comes in calls and visits over
the days of the stay, the last of them what moved the customer or deal on. The work of stays that
have not ended is done in part.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crm.models import Activity
from planning.demo import behaviour
from planning.demo.company import FOUNDED, LAST_DAY
from planning.demo.journal import MINUTES_A_DAY, Climb, Journal, Move, Phase, Step
from planning.demo.moments import day

RECENT_DAYS = 380
AFTER_HAND = 2.0
"""Hours for a customer who is qualified by hand, until the first deal is opened."""
REPEAT = 0.6
"""How much of the work of a deal one with an earlier buyer takes."""
HOURS_AT_ONCE = 2.0
LONGEST = 480
USUAL_REST = 12 * MINUTES_A_DAY
"""How much longer a stay that has not ended usually lasts."""
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
DURING_STEP: dict[Step, Choice] = {
    Step.SUSPECT: ((CALL, "Looked for who decides"), (EMAIL, "Sent the catalogue")),
    Step.PROSPECT: (
        (MEETING, "Showed a line that runs already"),
        (CALL, "Asked about the next investment"),
        (EMAIL, "Sent references"),
    ),
    Step.QUALIFIED: ((CALL, "Prepared the project"), (EMAIL, "Asked for drawings")),
}
DURING_PHASE: dict[Phase, Choice] = {
    Phase.PROJECT: (
        (MEETING, "Measured the line"),
        (CALL, "Asked for drawings and samples"),
        (TASK, "Ran the samples"),
    ),
    Phase.PROPOSAL: (
        (TASK, "Worked on the proposal"),
        (CALL, "Followed up on the proposal"),
        (MEETING, "Talked through the layout"),
    ),
    Phase.NEGOTIATION: (
        (MEETING, "Negotiated payment terms"),
        (CALL, "Called about the contract"),
        (TASK, "Revised the contract"),
    ),
}


@dataclass(frozen=True)
class Spell:
    """A stay and the hours it took, in minutes since the founding: ``during`` and, where it has
    ended, ``beside`` its end. ``deal`` is None where it is the customer's own."""

    customer: int
    deal: int | None
    entered: int
    left: int
    hours: float
    during: Choice
    beside: Choice

    def pieces(self, rng: np.random.Generator) -> Iterator[tuple[int, int, Choice]]:
        """(when, minutes, what it may have been)."""
        hours = self.hours * float(rng.gamma(8.0, 1 / 8.0))
        count = 1 + round(hours / HOURS_AT_ONCE)
        shares = rng.dirichlet([3.0] * count)
        for place, share in enumerate(shares.tolist()):
            minutes = min(max(5 * round(60 * hours * share / 5), 5), LONGEST)
            if place == 0 and self.beside:
                yield self.left, minutes, self.beside
            else:
                yield self._moment(rng), minutes, self.during

    def _moment(self, rng: np.random.Generator) -> int:
        """On a working day of the stay, if it has one."""
        at = self.entered + float(rng.random()) * (self.left - self.entered)
        number = int(at) // MINUTES_A_DAY
        while number * MINUTES_A_DAY > self.entered and not behaviour.is_workday(day(number)):
            number -= 1
        minute = number * MINUTES_A_DAY + int(rng.integers(9 * 60, 17 * 60 + 30))
        return min(max(minute, self.entered + 1), max(self.left - 1, self.entered))


def spells_of(journal: Journal) -> Iterator[Spell]:
    """The stays of the last year that somebody worked on, customers' first."""
    for spell in (*_of_customers(journal), *_of_deals(journal)):
        if spell.hours and spell.left >= _last_minute() - RECENT_DAYS * MINUTES_A_DAY:
            yield spell


def _of_customers(journal: Journal) -> Iterator[Spell]:
    opened: dict[int, list[int]] = {}
    for deal in journal.deals:
        opened.setdefault(deal.customer, []).append(deal.moves[0].at)
    for place, customer in enumerate(journal.customers):
        for climb, following in pairwise([*customer.climbs, None]):
            assert climb is not None
            hours = _hours_on_ladder(climb)
            ends, share = _end(climb, following, is_at_work=customer.at_work)
            if climb.to is Step.QUALIFIED:
                # A deal that is opened ends what was done without one, though no climb tells.
                first = min((at for at in opened.get(place, ()) if at >= climb.at), default=ends)
                ends, share, following = min(first, ends), 1.0, None
            beside = BESIDE_STEP.get(following.to, ()) if following else ()
            during = DURING_STEP.get(climb.to, ())
            yield Spell(place, None, climb.at, ends, hours * share, during, beside)


def _hours_on_ladder(climb: Climb) -> float:
    if climb.to is Step.QUALIFIED:
        return AFTER_HAND if climb.cause == "hand" else 0.0
    stage = behaviour.LADDER.get(climb.to)
    return stage.hours if stage else 0.0


def _of_deals(journal: Journal) -> Iterator[Spell]:
    for place, deal in enumerate(journal.deals):
        for move, following in pairwise([*deal.moves, None]):
            assert move is not None
            stage = behaviour.PIPELINE.get(move.to)
            hours = (stage.hours if stage else 0.0) * (REPEAT if deal.is_repeat else 1.0)
            ends, share = _end(move, following, is_at_work=deal.at_work)
            beside = BESIDE_PHASE.get(following.to, ()) if following else ()
            during = DURING_PHASE.get(move.to, ())
            yield Spell(deal.customer, place, move.at, ends, hours * share, during, beside)


def _end(
    move: Climb | Move, following: Climb | Move | None, *, is_at_work: bool
) -> tuple[int, float]:
    """When a stay ended or the story does, and which share of its work was done by then."""
    if following is not None:
        return following.at, 1.0
    length = max(_last_minute() - move.at, 1)
    return _last_minute(), length / (length + USUAL_REST) if is_at_work else 0.0


def _last_minute() -> int:
    return ((LAST_DAY - FOUNDED).days + 1) * MINUTES_A_DAY - 8 * 60
