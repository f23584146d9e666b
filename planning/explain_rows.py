"""The parts of a number as they are shown: rounded once, so that they add up to what is shown."""

from dataclasses import dataclass

from planning.explained import Explained, Part
from planning.rounding import adding_up, apportion, largest_remainder

HUNDRED = 100
TENTHS = 10

GROUPS = {
    "so_far": "so_far",
    "base": "base",
    "open": "open",
    "again": "self",
    "direct": "self",
    "before": "self",
    "back": "self",
    "lead": "new",
}
"""What is told together in a sentence."""


@dataclass(frozen=True)
class Row:
    """``shown`` adds up to what the page shows; ``exact``, of subjects, to its tenths."""

    part: Part
    shown: float
    exact: float | None = None


def rows_of(explained: Explained) -> list[Row]:
    """Every part; those of which nothing is to be seen are left out."""
    values = [part.value for part in explained.parts]
    if not values:
        return []
    exact: list[float] | list[None] = [None] * len(values)
    if explained.unit == "money":
        shown = adding_up(values, explained.value)[0]
    elif explained.unit == "share":
        shown = [each / HUNDRED for each in largest_remainder([HUNDRED * v for v in values])]
    else:
        shown = [float(n) for n in _whole(explained, values)]
        exact = [n / TENTHS for n in largest_remainder([TENTHS * v for v in values])]
    rows = map(Row, explained.parts, shown, exact)
    return [row for row in rows if row.shown or row.exact]


def _whole(explained: Explained, values: list[float]) -> list[int]:
    """A part of the plan is divided from whole numbers: it may be one off its exact share."""
    if explained.asked.dimension:
        return apportion(int(explained.shown), values)
    return largest_remainder(values, int(explained.shown))


def groups_of(explained: Explained) -> dict[str, float]:
    """The same by origin as sentences tell it, adding up to what is shown."""
    found: dict[str, float] = {}
    for row in rows_of(explained):
        group = GROUPS[row.part.origin]
        found[group] = found.get(group, 0.0) + row.shown
    in_order = dict.fromkeys(GROUPS.values())
    return {group: found[group] for group in in_order if found.get(group)}
