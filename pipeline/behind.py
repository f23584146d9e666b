"""The stays behind a number of the funnel: every one that was counted, and none besides.

Candidates are narrowed in the database, generously; which of them count is then told by the very
functions that the counts were made with.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings

from accounts.models import User
from crm.models import Customer
from pipeline.among import Among
from pipeline.candidates import candidates
from pipeline.counting import counts_of_history
from pipeline.cubes import complete_cube
from pipeline.estimation import OPEN, Deals, Stays, find_stays, months_in
from pipeline.estimation.arrays import Bools, Ints
from pipeline.histories import EPOCH, DealHistory, microseconds, read_deals
from pipeline.questions import Outcome, Question
from pipeline.readings import Places, counts_of, ladder_stays

AT_ONCE = 500

Key = tuple[int, int]
"""Sorts stays: the newest subject first, its stays as they followed."""

BEFORE_ALL: Key = (-(2**62), 0)


@dataclass(frozen=True)
class Stay:
    """One visit of a deal or a customer to a stage.

    ``left`` is None where it lasts, or where nobody looks any more; ``to`` where it lasts, and for
    a customer's first deal. Of a win alone ``entered`` and ``days`` are None.
    """

    subject: int
    entered: datetime | None
    left: datetime | None
    to: int | None
    to_name: str
    outcome: Outcome
    days: float | None

    @property
    def key(self) -> Key:
        return -self.subject, 0 if self.entered is None else microseconds(self.entered)


def visible_stays(question: Question, user: User, *, after: Key = BEFORE_ALL) -> Iterator[Stay]:
    """The stays asked about of what ``user`` may see, in the order of their keys, from beyond
    ``after``."""
    find = _stays_of_customers if question.is_about_customers else _stays_of_deals
    for stay in find(question, user, -after[0]):
        if stay.key > after:
            yield stay


def count_visible(question: Question, user: User, *, most: int) -> int | None:
    """How many stays ``user`` may see; None where they are more than ``most``."""
    count = 0
    for count, _stay in enumerate(visible_stays(question, user), start=1):
        if count > most:
            return None
    return count


def _stays_of_deals(question: Question, user: User, highest: int) -> Iterator[Stay]:
    deals = candidates(question, user).order_by("-pk")
    while ids := list(deals.filter(pk__lte=highest).values_list("pk", flat=True)[:AT_ONCE]):
        yield from deal_stays(question, ids)
        highest = ids[-1] - 1


def deal_stays(question: Question, ids: Sequence[int]) -> list[Stay]:
    """The stays asked about of some deals, in the order of their keys.

    Raises MissingExchangeRate.
    """
    history = read_deals(question.pipeline, as_of=question.as_of, among=Among(ids=ids))
    stays = find_stays(
        history.moves,
        history.stages,
        as_of=microseconds(question.as_of),
        watched_until=history.watched_until,
    )
    places = Places("opportunity", history.rows, history.stages)
    found = _wins(stays, places) if question.stage is None else _answers(question, stays, places)
    return _worth_so_much(question, history, found)


def _worth_so_much(question: Question, history: DealHistory, found: list[Stay]) -> list[Stay]:
    if question.amounts is None:
        return found
    inside = set(history.subject[question.amounts.holds(history.amount)].tolist())
    return [stay for stay in found if stay.subject in inside]


def _stays_of_customers(question: Question, user: User, highest: int) -> Iterator[Stay]:
    found = ladder_stays(question.pipeline, _opened(question), as_of=question.as_of)
    if found is None:
        return
    rows, stays = found
    answers = _answers(question, stays, Places("customer", rows, stays.stages))
    answers = [stay for stay in answers if stay.subject <= highest]
    visible = Customer.objects.visible_to(user).filter(question.narrowed)
    for begin in range(0, len(answers), AT_ONCE):
        part = answers[begin : begin + AT_ONCE]
        seen = set(visible.filter(pk__in={s.subject for s in part}).values_list("pk", flat=True))
        yield from (stay for stay in part if stay.subject in seen)


def _opened(question: Question) -> Deals:
    """Every deal of the pipeline: they end the stays of customers."""
    cube = complete_cube(question.pipeline)
    if cube is not None and cube.counted_to == question.as_of:
        return counts_of(cube).read_opened()
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    counts = counts_of_history(question.pipeline, as_of=question.as_of, month_of=month_of)
    return counts.read_opened()


def _answers(question: Question, stays: Stays, places: Places) -> list[Stay]:
    place = places.place_of(question.stage.pk)
    if place is None:
        return []
    asked = (stays.stage == place) & _in_period(question, stays.entered)
    ended, is_open = stays.destination != OPEN, stays.destination == OPEN
    to = question.destinations(place, places)
    if to is not None:
        asked &= ended & to[np.where(ended, stays.destination, 0)]
    elif not question.takes_open:
        asked &= ended
    elif question.outcome == "open":
        asked &= is_open
    found = [_stay(stays, row, place, places) for row in np.flatnonzero(asked).tolist()]
    return sorted(found, key=lambda stay: stay.key)


def _in_period(question: Question, entered: Ints) -> Bools:
    inside = np.ones(len(entered), bool)
    if question.entered_from is not None:
        inside &= entered >= microseconds(question.entered_from)
    if question.entered_before is not None:
        inside &= entered < microseconds(question.entered_before)
    return inside


def _stay(stays: Stays, row: int, place: int, places: Places) -> Stay:
    to = int(stays.destination[row])
    days = float(stays.left[row] - stays.entered[row]) / 86_400e6
    entered = _instant(stays.entered[row])
    subject = int(stays.subject[row])
    if to == OPEN:
        return Stay(subject, entered, None, None, "", "open", days)
    outcome: Outcome = "won" if to == places.stages.won else places.direction(place, to)
    left = _instant(stays.left[row])
    return Stay(subject, entered, left, places.id_at(to), places.name_at(to), outcome, days)


def _wins(stays: Stays, places: Places) -> list[Stay]:
    won = places.stages.won
    rows = zip(stays.wins.subject.tolist(), stays.wins.at.tolist(), strict=True)
    found = [
        Stay(subject, None, _instant(at), places.id_at(won), places.name_at(won), "won", None)
        for subject, at in rows
    ]
    return sorted(found, key=lambda stay: stay.key)


def _instant(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(at))
