"""What would it take? Each lever of a plan pulled alone until the target is reached, in words.

``LEVERS`` are the functions that answer, one after the other; each gets the plan with as many new
leads as in the last year and gives rows for the page. To let a plan pull at something else, write
one more and list it there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.figures import number, percent
from pipeline.models import Estimate
from planning.assumptions import Row
from planning.engine.law import Floats
from planning.engine.takes import Standing, Take, what_it_takes
from planning.levers import Lever, key_of, levers_of
from planning.models import Assumption, Plan
from planning.solving import funnel_of
from planning.standing import standing_of

Kind = Assumption.Kind


@dataclass(frozen=True, eq=False)
class Asked:
    """A plan as it stands with the new leads of the last year."""

    plan: Plan
    estimate: Estimate
    standing: Standing
    levers: dict[str, Lever]
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class TakeRow:
    """An answer in words. ``slider`` and ``position`` set a slider to it, where there is one;
    ``code`` is enough, too_late or not_enough."""

    name: str
    text: str
    code: str
    part: str = ""
    band: str = ""
    slider: str = ""
    position: float | None = None


def asked(plan: Plan, estimate: Estimate) -> Asked:
    """Raises MissingExchangeRate."""
    funnel = funnel_of(plan, estimate)
    levers = levers_of(funnel, estimate, plan.assumptions.all(), currency=plan.currency)
    return Asked(
        plan=plan,
        estimate=estimate,
        standing=replace(standing_of(plan, estimate), most_promotions=_room(funnel.rows, levers)),
        levers={lever.key: lever for lever in levers},
        rows=funnel.rows,
    )


def _room(rows: Sequence[Row], levers: Iterable[Lever]) -> Floats:
    """float[S]: how far each rate can be assumed to rise, which sliders allow as well."""
    room = {each.row: each.high / each.value for each in levers if each.is_rate and each.value}
    return np.array([max(room.get(row, 1.0), 1.0) for row in rows])


def answers(question: Asked) -> list[TakeRow]:
    """The rows of all levers, in order."""
    return [row for lever in LEVERS for row in lever(question)]


def funnel_levers(question: Asked) -> Iterable[TakeRow]:
    """Deal size, promotion of each stage and of all, pace, number of leads, an earlier start."""
    words: dict[str, Callable[[Take], TakeRow | None]] = {
        "amount": partial(_amount, question),
        "promotion": partial(_promotion, question),
        "promotions": _promotions,
        "pace": partial(_pace, question),
        "leads": _leads,
        "start": _start,
    }
    found = (words[take.lever](take) for take in what_it_takes(question.standing))
    return [row for row in found if row]


LEVERS: list[Callable[[Asked], Iterable[TakeRow]]] = [funnel_levers]


def _amount(question: Asked, take: Take) -> TakeRow | None:
    lever = question.levers.get(Kind.AMOUNT)
    if lever is None:
        return None
    if take.value is None:
        text = _("Out of reach even with deals %(times)s times as large.")
        return TakeRow(lever.name, text % {"times": number(take.bound)}, take.code)
    value = lever.value * take.value
    text = _("%(times)s times as large: %(new)s instead of %(old)s") % {
        "times": number(take.value, 2),
        "new": lever.text(value),
        "old": lever.value_text,
    }
    return _with_slider(TakeRow(lever.name, text, take.code, band=lever.evidence), lever, value)


def _promotion(question: Asked, take: Take) -> TakeRow | None:
    lever = question.levers.get(key_of(Kind.PROMOTION, question.rows[take.stage or 0]))
    if lever is None:
        return None
    row = partial(TakeRow, name=lever.name, part=lever.part, band=lever.evidence)
    if take.value is not None:
        value = min(lever.value * take.value, lever.high)
        text = _("%(new)s instead of %(old)s") % {
            "new": lever.text(value),
            "old": lever.value_text,
        }
        return _with_slider(row(text=text, code=take.code), lever, value)
    text = _("Out of reach even if %(most)s of them went on.")
    return row(text=text % {"most": lever.text(lever.high)}, code=take.code)


def _promotions(take: Take) -> TakeRow:
    name = _("Win rate, all stages together")
    if take.value is None:
        text = _("Out of reach even with all promotion rates at their most.")
        return TakeRow(name, text, take.code)
    text = _("each rate %(times)s times as high: %(new)s of new leads won instead of %(old)s") % {
        "times": number(take.value, 2),
        "new": percent(take.after, 1),
        "old": percent(take.before, 1),
    }
    return TakeRow(name, text, take.code, slider="win", position=_ceiling(100 * take.value))


def _pace(question: Asked, take: Take) -> TakeRow | None:
    lever = question.levers.get(Kind.PACE)
    if lever is None:
        return None
    if take.value is None:
        text = _("Out of reach even at %(times)s times the pace.")
        return TakeRow(lever.name, text % {"times": number(1 / take.bound)}, take.code)
    value = lever.value * take.value
    text = _("%(new)s instead of %(old)s") % {"new": lever.text(value), "old": lever.value_text}
    row = TakeRow(lever.name, text, take.code, band=lever.evidence)
    return _with_slider(row, lever, value, upwards=False)


def _leads(take: Take) -> TakeRow:
    name = _("New leads a month")
    if take.value is None:
        text = _("Out of reach even with %(times)s times as many new leads.")
        return TakeRow(name, text % {"times": number(take.bound)}, take.code)
    text = _("%(times)s times as many: %(new)s instead of %(old)s. The plan asks for these.") % {
        "times": number(take.value, 1),
        "new": number(take.after),
        "old": number(take.before),
    }
    return TakeRow(name, text, take.code)


def _start(take: Take) -> TakeRow:
    name = _("An earlier start")
    months = int(take.bound if take.value is None else take.value)
    if take.value is None:
        text = ngettext(
            "Out of reach even if these leads had come %(n)s month earlier.",
            "Out of reach even if these leads had come %(n)s months earlier.",
            months,
        )
    elif take.code == "too_late":
        text = ngettext(
            "They should have begun %(n)s month earlier: too late for that.",
            "They should have begun %(n)s months earlier: too late for that.",
            months,
        )
    else:
        text = ngettext("begun %(n)s month earlier", "begun %(n)s months earlier", months)
    return TakeRow(name, text % {"n": months}, take.code)


def _with_slider(row: TakeRow, lever: Lever, value: float, *, upwards: bool = True) -> TakeRow:
    """The row with its slider's place, on the side where it is enough."""
    if not lever.low <= value <= lever.high:
        return row
    position = _ceiling(100 * value) if upwards else float(np.floor(1000 * value) / 10)
    return TakeRow(**(vars(row) | {"slider": lever.key, "position": position}))


def _ceiling(position: float) -> float:
    return float(np.ceil(10 * position - 1e-9) / 10)
