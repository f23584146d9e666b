"""A small picture beside an explained number: a bar of its parts, and columns by month."""

from dataclasses import dataclass

from planning.explain_rows import GROUPS, rows_of
from planning.explained import Explained, Told
from planning.funnel_law import Floats

WIDTH = 100.0
HEIGHT = 30.0
STEP = 10.0
COLUMN = 8.0


@dataclass(frozen=True)
class Segment:
    """A part of a bar, or of a column, in units of the picture."""

    css: str
    at: str
    size: str


@dataclass(frozen=True)
class Column:
    """A month of the picture; None for what comes after the year."""

    month: int | None
    x: str
    middle: str
    value: float
    segments: list[Segment]


@dataclass(frozen=True)
class Picture:
    """``is_landing``: the columns are wins by the month in which they come."""

    bar: list[Segment]
    columns: list[Column]
    is_landing: bool


def css_of(told: Told, explained: Explained, place: int) -> str:
    """The hue of a part: its origin, the part of the plan its stage belongs to, or its place."""
    part = explained.parts[place]
    if part.origin in GROUPS:
        return f"origin-{GROUPS[part.origin]}"
    if part.origin == "month":
        return "origin-new"
    if part.stage is not None:
        return f"part-{told.rate(part.stage)['part']}"
    return f"shade-{min(place, 5)}"


def picture_of(told: Told, explained: Explained) -> Picture:
    landing = explained.facts.get("landing") if explained.asked.month is not None else None
    if landing is not None and float(landing.sum()) > 0:
        columns = _columns({"won": landing}, explained.facts["later"])
        return Picture(_bar(told, explained), columns, is_landing=True)
    return Picture(_bar(told, explained), _columns(explained.by_month), is_landing=False)


def _bar(told: Told, explained: Explained) -> list[Segment]:
    """None for a single part, or where one is below nothing."""
    shown = {row.part for row in rows_of(explained)}
    if len(shown) < 2 or any(part.value < 0 for part in shown):
        return []
    if explained.asked.about == "limit":
        return []
    total = sum(part.value for part in shown)
    by_css: dict[str, float] = {}
    for place, part in enumerate(explained.parts):
        if part in shown:
            css = css_of(told, explained, place)
            by_css[css] = by_css.get(css, 0.0) + part.value * WIDTH / total
    segments, at = [], 0.0
    for css, width in by_css.items():
        segments.append(Segment(css, f"{at:.2f}", f"{width:.2f}"))
        at += width
    return segments


def _columns(series: dict[str, Floats], later: float = 0.0) -> list[Column]:
    """Stacked by month, the last one for what comes later."""
    if not series:
        return []
    months: list[dict[str, float]] = [
        {name: float(values[m]) for name, values in series.items()}
        for m in range(len(next(iter(series.values()))))
    ]
    if later > 0:
        months.append(dict.fromkeys(list(series)[:1], later))
    scale = HEIGHT / (max(sum(each.values()) for each in months) or 1.0)
    return [
        Column(
            month=None if later > 0 and m == len(months) - 1 else m,
            x=f"{STEP * m + (STEP - COLUMN) / 2:.1f}",
            middle=f"{STEP * m + STEP / 2:.1f}",
            value=sum(each.values()),
            segments=_stack(each, scale),
        )
        for m, each in enumerate(months)
    ]


def _stack(each: dict[str, float], scale: float) -> list[Segment]:
    segments, top = [], HEIGHT
    for name, value in each.items():
        height = max(value, 0.0) * scale
        top -= height
        if height:
            segments.append(Segment(f"origin-{name}", f"{top:.2f}", f"{height:.2f}"))
    return segments
