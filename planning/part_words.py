"""What the division of a plan among its parts rests on, in sentences."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.templatetags.figures import percent
from core.vocabulary import label
from planning.own_rates import Row
from planning.requirement_parts import DividedStage
from planning.segments import WON
from planning.shares import Shares

APART = 0.03
"""Parts that need so much more or less than the plan has are told."""


def part_sentences(shares: Shares, stages: Sequence[DividedStage], p: int) -> list[str]:
    """What decides, how far the parts are from the plan, and where the whole's rates had to do for
    part ``p``."""
    thin = _thin(shares, stages, p) if shares.own.about is not None else ""
    return [sentence for sentence in (*division_sentences(shares, stages), thin) if sentence]


def division_sentences(shares: Shares, stages: Sequence[DividedStage]) -> list[str]:
    """The same of all parts together."""
    said = [BASES[shares.basis](), *_apart(shares, stages)]
    if shares.own.about is None:
        said.append(
            _(
                "Rates of their own are not known for these parts as of the plan's rates, so those "
                "of the whole plan are used. Solve the plan again once they are computed."
            )
        )
    return said


BASES = {
    "target": lambda: _(
        "Each part needs what its part of the target takes by its own mean amount and success rate."
    ),
    "channels": lambda: _(
        "Sources have what the plan buys through their channels; those who come without one are "
        "divided as the last year's entries."
    ),
    "entries": lambda: _(
        "The target is not split this way yet: the shares are those of the last year's entries "
        "into each stage."
    ),
}


def _thin(shares: Shares, stages: Sequence[DividedStage], p: int) -> str:
    """Too few wins of North: its mean amount is that of the whole plan, and so on."""
    few = [label(stage.rows[0].name) for stage in stages if not shares.success(stage.key, p).is_own]
    said = []
    if not shares.amount(p).is_own:
        said.append(
            _("%(name)s has too few wins of its own: its mean amount is that of the whole plan.")
        )
    if len(few) == len(stages):
        said.append(
            _("%(name)s has too little history: its success rates are those of the whole plan.")
        )
    elif few:
        said.append(
            _(
                "%(name)s has too little history at %(stages)s: there the success rate is that of "
                "the whole plan."
            )
        )
    known = {"name": shares.names[p], "stages": _(", ").join(few)}
    return " ".join(text % known for text in said)


def _apart(shares: Shares, stages: Sequence[DividedStage]) -> list[str]:
    """By their own rates the parts need 12 % more to enter Lead, and 5 % fewer wins."""
    found = [_apart_by(shares, stages[0].key, label(stages[0].rows[0].name)), _wins(shares)]
    return [sentence for sentence in found if sentence]


def _apart_by(shares: Shares, row: Row, name: str) -> str:
    more = _excess(shares, row)
    if abs(more) < APART:
        return ""
    text = (
        _(
            "By their own rates all parts together need %(share)s more to enter %(stage)s than the "
            "plan has: their numbers are scaled down to the plan's."
        )
        if more > 0
        else _(
            "By their own rates all parts together need %(share)s fewer to enter %(stage)s than "
            "the plan has: their numbers are scaled up to the plan's."
        )
    )
    return text % {"share": percent(abs(more)), "stage": name}


def _wins(shares: Shares) -> str:
    more = _excess(shares, WON)
    if abs(more) < APART:
        return ""
    text = (
        _("By their own mean amounts they need %(share)s more wins.")
        if more > 0
        else _("By their own mean amounts they need %(share)s fewer wins.")
    )
    return text % {"share": percent(abs(more))}


def _excess(shares: Shares, row: Row) -> float:
    needed = shares.needed(row)
    return 0.0 if needed is None else float(needed.sum()) - 1.0
