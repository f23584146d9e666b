"""Two periods or two segments of a funnel side by side, with what can be said of the difference."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.templatetags.figures import number
from core.vocabulary import label as shipped
from pipeline.estimation.calendar import CalendarCounts
from pipeline.estimation.comparison import (
    Contrast,
    Measured,
    Months,
    StageContrast,
    Verdict,
    compare_months,
)
from pipeline.readings import FunnelPart, Readings

COUNTS = ("entered", "advanced", "open")


class UnknownSegment(LookupError):
    """The field has no such value, or none that the reader may see."""


@dataclass(frozen=True)
class SegmentPair:
    """The two values of a field (or of two, as in team,source) that are compared."""

    field: str
    first: str
    second: str


def periods_document(readings: Readings, first: Months, second: Months) -> dict[str, Any]:
    """Rates of what entered in ``first`` and in ``second``, both month numbers from and to."""
    parts = [part for part in (readings.ladder, readings.deals) if part is not None]
    return {
        "pipeline": readings.pipeline.pk,
        "as_of": readings.as_of.isoformat(),
        "first": {"from": month_name(first[0]), "to": month_name(first[1])},
        "second": {"from": month_name(second[0]), "to": month_name(second[1])},
        "stages": [row for part in parts for row in _period_rows(part, first, second)],
    }


def _period_rows(part: FunnelPart, first: Months, second: Months) -> Iterable[dict[str, Any]]:
    margins = part.margins
    money = margins.calendar_money if part.has_money else None
    for found in _compared(margins.calendar, (first, second), money):
        row = part.rows[found.stage]
        yield {
            "stage": row.pk,
            "name": part.name_at(found.stage),
            "kind": part.kind,
            "part": row.part,
            **_contrasts(found),
        }


def _compared(
    calendar: CalendarCounts, sides: tuple[Months, Months], money: CalendarCounts | None
) -> list[StageContrast]:
    """Both sides at the oldest age they have in common; where only one has stays, it alone at its
    own."""
    found = compare_months(calendar, *sides, money=money)
    if all(_has_both(each) or not any(each.entered) for each in found):
        return found
    alone = [compare_months(calendar, months, months, money=money) for months in sides]
    return [_or_alone(*each) for each in zip(found, *alone, strict=True)]


def _has_both(found: StageContrast) -> bool:
    return all(found.entered)


def _or_alone(both: StageContrast, first: StageContrast, second: StageContrast) -> StageContrast:
    """``first`` and ``second`` are each side compared with itself."""
    if _has_both(both) or not any(both.entered):
        return both
    own = first if both.entered[0] else second
    by_value = own.by_value and _one_sided(own.by_value, both)
    return replace(
        both, days=own.days, by_number=_one_sided(own.by_number, both), by_value=by_value
    )


def _one_sided(own: Contrast, both: StageContrast) -> Contrast:
    return Contrast(*(own.first if entered else None for entered in both.entered))


def _contrasts(found: StageContrast) -> dict[str, Any]:
    return {
        "days": round(found.days, 1),
        **{name: [getattr(side, name) for side in found.sides] for name in COUNTS},
        "by_number": contrast_document(found.by_number),
        "by_value": None if found.by_value is None else contrast_document(found.by_value),
        "success": None,
        "success_by_value": None,
    }


def segments_document(document: dict[str, Any], pair: SegmentPair) -> dict[str, Any]:
    """Rates of two segments of an estimate's ``document``, as its reader may see it.

    Raises UnknownSegment where it does not have one of them.
    """
    labels = {segment_key(each["value"]): each["label"] for each in document["segments"]}
    for value in (pair.first, pair.second):
        if value not in labels:
            raise UnknownSegment(value)
    return {
        "pipeline": document["pipeline"],
        "as_of": document["as_of"],
        "field": pair.field,
        "one_in": document.get("one_in"),
        "customers_one_in": document.get("customers_one_in"),
        "first": {"value": pair.first, "label": labels[pair.first]},
        "second": {"value": pair.second, "label": labels[pair.second]},
        "stages": [_segment_row(stage, pair) for stage in document["stages"]],
    }


def segment_key(value: Any) -> str:
    """A segment's value as an address has it: "none" for none, two with a comma between."""
    if isinstance(value, list):
        return ",".join(segment_key(each) for each in value)
    return "none" if value is None else str(value)


def _segment_row(stage: dict[str, Any], pair: SegmentPair) -> dict[str, Any]:
    found = {segment_key(each["value"]): each for each in stage["segments"]}
    sides = [found[pair.first], found[pair.second]]
    return {
        "stage": stage["stage"],
        "name": shipped(stage["name"]),
        "kind": stage["kind"],
        "part": stage["part"],
        "days": None,
        **{name: [side[name] for side in sides] for name in COUNTS},
        "by_number": _segment_contrast(sides, "promotion"),
        "by_value": None,
        "success": _segment_contrast(sides, "success"),
        # Customers on a ladder are worth nothing yet.
        "success_by_value": None
        if stage["kind"] == "customer"
        else [side["success"]["value_rate"] for side in sides],
    }


def _segment_contrast(sides: list[dict[str, Any]], what: str) -> dict[str, Any]:
    """One that is pooled shows the rate of all, and is not to be compared by it."""
    found = contrast_document(Contrast(*(_measured(side, what) for side in sides)))
    pooled = any(side[what]["pooled"] for side in sides)
    return found | {"verdict": "too few"} if pooled else found


def _measured(segment: dict[str, Any], what: str) -> Measured | None:
    rate, n = segment[what], segment["promotion"]["n_eff"]
    if rate["rate"] is None or rate["low80"] is None:
        return None
    low, high = min(rate["low80"], rate["rate"]), max(rate["high80"], rate["rate"])
    return Measured(rate["rate"], low, high, n or 0.0)


def contrast_document(found: Contrast) -> dict[str, Any]:
    difference = found.difference
    return {
        "first": found.first and asdict(found.first),
        "second": found.second and asdict(found.second),
        "difference": difference and asdict(difference),
        "verdict": found.verdict,
    }


def verdict_sentence(document: dict[str, Any]) -> str:
    """What a contrast's document says, in words."""
    if document["first"] is None or document["second"] is None:
        return _("Nothing to compare with.")
    verdict: Verdict = document["verdict"]
    if verdict == "too few":
        return _("Too few cases on one side to compare.")
    difference = document["difference"]
    low, high = sorted((difference["low80"], difference["high80"]), key=abs)
    if verdict == "no difference":
        text = _("No difference to be seen (between %(low)s and %(high)s points).")
        sides = {"low": signed(difference["low80"]), "high": signed(difference["high80"])}
        return text % sides
    text = {
        "more": _("%(points)s points more, 80 %% sure between %(low)s and %(high)s."),
        "less": _("%(points)s points less, 80 %% sure between %(low)s and %(high)s."),
    }[verdict]
    return text % {
        "points": _points(difference["points"]),
        "low": _points(low),
        "high": _points(high),
    }


def _points(share: float) -> str:
    """Hundredths without a sign; with a decimal where they are few."""
    points = abs(100 * share)
    return number(points, 1 if points < 9.95 else 0)


def signed(share: float) -> str:
    sign = "−" if share < 0 else "+"
    return f"{sign}{_points(share)}"


def month_name(month: int) -> str:
    """2001-03."""
    year, place = divmod(month, 12)
    return f"{year}-{place + 1:02}"


def months_between(first: str, last: str) -> str:
    return pgettext("months", "%(first)s to %(last)s") % {"first": first, "last": last}


def span(side: dict[str, Any]) -> str:
    """What stands over a column: a segment's name, or its months."""
    if "label" in side:
        return str(side["label"])
    first, last = side["from"], side["to"]
    return str(first) if first == last else months_between(first, last)
