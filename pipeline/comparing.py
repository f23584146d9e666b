"""Two periods or two segments of a funnel side by side, with what can be said of the difference."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.templatetags.figures import number
from pipeline.estimation.comparison import (
    Contrast,
    Measured,
    Months,
    StageContrast,
    Verdict,
    compare_months,
)
from pipeline.models import Estimate
from pipeline.readings import FunnelPart, Readings


@dataclass(frozen=True)
class SegmentPair:
    """The two values of a field that are compared, as the estimate of its segments has them."""

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
    for found in compare_months(margins.calendar, first, second, money=money):
        row = part.rows[found.stage]
        yield {
            "stage": row.pk,
            "name": part.name_at(found.stage),
            "kind": part.kind,
            "part": row.part,
            **_contrasts(found),
        }


def _contrasts(found: StageContrast) -> dict[str, Any]:
    return {
        "days": round(found.days, 1),
        "entered": list(found.entered),
        "by_number": contrast_document(found.by_number),
        "by_value": None if found.by_value is None else contrast_document(found.by_value),
    }


def segments_document(estimate: Estimate, pair: SegmentPair) -> dict[str, Any]:
    """Rates of two segments of ``estimate``, which is one by segments.

    Raises LookupError where it has not both of them.
    """
    labels = {str(each["value"]): each["label"] for each in estimate.payload["segments"]}
    return {
        "pipeline": estimate.pipeline_id,
        "as_of": estimate.as_of.isoformat(),
        "field": pair.field,
        "first": {"value": pair.first, "label": labels[pair.first]},
        "second": {"value": pair.second, "label": labels[pair.second]},
        "stages": [_segment_row(stage, pair) for stage in estimate.payload["stages"]],
    }


def _segment_row(stage: dict[str, Any], pair: SegmentPair) -> dict[str, Any]:
    found = {str(each["value"]): each for each in stage.get("segments") or []}
    sides = [found.get(pair.first), found.get(pair.second)]
    return {
        "stage": stage["stage"],
        "name": stage["name"],
        "kind": stage["kind"],
        "part": stage["part"],
        "days": None,
        "entered": [side["entered"] if side else 0 for side in sides],
        "by_number": contrast_document(Contrast(*(_measured(side) for side in sides))),
        "by_value": None,
    }


def _measured(segment: dict[str, Any] | None) -> Measured | None:
    rate = segment and segment["promotion"]
    if not rate or rate["rate"] is None or rate["low80"] is None:
        return None
    return Measured(rate["rate"], rate["low80"], rate["high80"], rate["n_eff"] or 0.0)


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
        "more": _("%(points)s points more, four to one between %(low)s and %(high)s."),
        "less": _("%(points)s points less, four to one between %(low)s and %(high)s."),
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
