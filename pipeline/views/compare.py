"""Two periods, or two segments, of a funnel side by side."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from pipeline.asking import PeriodsForm
from pipeline.comparing import (
    SegmentPair,
    UnknownSegment,
    month_name,
    periods_document,
    segment_key,
    segments_document,
    span,
    verdict_sentence,
)
from pipeline.readings import Readings, month_start
from pipeline.segment_documents import Reader, document_for
from pipeline.segmenting import FIELDS, field_label
from pipeline.selectors import latest_estimate
from pipeline.views.counted import Looked, look, nothing_counted
from pipeline.views.opening import narrowed_to, stage_behind
from pipeline.views.requests import PageRequest

YEAR = 12


def compare(request: PageRequest) -> HttpResponse:
    """Rates on both sides with bands, their difference with its own, and a verdict in words."""
    looked = look(request)
    if looked is None or looked.readings is None:
        return nothing_counted(request, looked, _("Compare"))
    field = request.GET.get("field", "")
    chosen = (
        _segments(request, looked, field) if field in FIELDS else _periods(request, looked.readings)
    )
    document, narrowed = chosen.pop("document"), chosen.pop("narrowed", None)
    context = looked.context | chosen
    context |= {
        "field": field if field in FIELDS else "",
        "fields": [(name, field_label(name)) for name in FIELDS],
        "sides": document and [span(document["first"]), span(document["second"])],
        "rows": [_row(stage, document, narrowed) for stage in document["stages"]]
        if document
        else [],
        "api": f"/api/v1/pipelines/{looked.pipeline.pk}/compare/?{urlencode(chosen['asked'])}",
    }
    return render(request, "pipeline/compare.html", context)


def _periods(request: PageRequest, readings: Readings) -> dict[str, Any]:
    asked = default_periods(readings)
    asked |= {name: request.GET[name] for name in asked if request.GET.get(name)}
    form = PeriodsForm(asked)
    if not form.is_valid():
        return {"form": form, "asked": asked, "document": None}
    return {
        "form": form,
        "asked": asked,
        "document": periods_document(readings, *form.sides),
        "narrowed": [_entered_in(*months) for months in form.sides],
    }


def _entered_in(first: int, last: int) -> dict[str, Any]:
    return {"entered_from": month_start(first), "entered_before": month_start(last + 1)}


def default_periods(readings: Readings) -> dict[str, str]:
    """The last twelve months that are over, and those before; halves of a shorter history."""
    months = readings.deals.margins.months
    months = months[:-1] if len(months) > 2 else months
    last = int(months[-1])
    length = YEAR if len(months) >= 2 * YEAR else max(len(months) // 2, 1)
    begin = last - length + 1
    edges = (begin - length, begin - 1, begin, last)
    names = ("first_from", "first_to", "second_from", "second_to")
    return dict(zip(names, map(month_name, edges), strict=True))


def _segments(request: PageRequest, looked: Looked, field: str) -> dict[str, Any]:
    estimate = latest_estimate(looked.pipeline, segment=field)
    if estimate is None:
        return {"asked": {"field": field}, "document": None, "is_missing": True}
    document = document_for(estimate, Reader(request.user))
    choices = [(segment_key(each["value"]), each["label"]) for each in document["segments"]]
    pair = _pair(request, field, document, choices)
    asked = {"field": field} | ({"first": pair.first, "second": pair.second} if pair else {})
    shown = _shown(document, pair)
    return {
        "asked": asked,
        "as_of": estimate.as_of,
        "one_in": document["one_in"],
        "document": shown,
        "narrowed": shown and pair and _in_segments(document, pair),
        "segments": choices,
        "pair": pair,
        "why_not": _why_not(pair, is_hidden=len(choices) < len(estimate.payload["segments"])),
    }


def _shown(document: dict[str, Any], pair: SegmentPair | None) -> dict[str, Any] | None:
    if pair is None or pair.first == pair.second:
        return None
    try:
        return segments_document(document, pair)
    except UnknownSegment:
        return None


def _in_segments(document: dict[str, Any], pair: SegmentPair) -> list[dict[str, Any] | None]:
    values = {segment_key(each["value"]): each["value"] for each in document["segments"]}
    sides = (values[pair.first], values[pair.second])
    return [narrowed_to(document, value) for value in sides]


def _why_not(pair: SegmentPair | None, *, is_hidden: bool) -> str:
    """Why two segments cannot be compared, where the reader could not tell; else empty."""
    if pair is not None:
        return _("A segment does not differ from itself.") if pair.first == pair.second else ""
    if is_hidden:
        return _("You may see rates only of those whose deals you may see: fewer than two here.")
    return _("Fewer than two segments of this field have deals.")


def _pair(
    request: PageRequest, field: str, document: dict[str, Any], choices: list[tuple[str, str]]
) -> SegmentPair | None:
    """Those asked for, by default the two with the most deals."""
    if len(choices) < 2:
        return None
    by_deals = sorted(document["segments"], key=lambda each: -each["deals"])
    largest = [segment_key(each["value"]) for each in by_deals]
    first, second = request.GET.get("first"), request.GET.get("second")
    first = first or next(key for key in largest if key != second)
    second = second or next(key for key in largest if key != first)
    return SegmentPair(field, first, second)


def _row(
    stage: dict[str, Any], document: dict[str, Any], narrowed: list[dict[str, Any] | None]
) -> dict[str, Any]:
    """A stage with what is compared there, one line each, and its counts on either side."""
    contrasts = [
        (_("move on, of all"), stage["by_number"]),
        (_("of the money"), stage["by_value"]),
        (_("won in the end"), stage["success"]),
    ]
    entered = stage["entered"]
    counts = zip(entered, stage["advanced"], stage["open"], narrowed, strict=True)
    return stage | {
        "lines": [_line(name, found, entered) for name, found in contrasts if found],
        "counts": [
            {
                "entered": number,
                "advanced": advanced,
                "open": still,
                "behind": stage_behind(document, stage, asked),
            }
            for number, advanced, still, asked in counts
        ],
    }


def _line(name: str, contrast: dict[str, Any], entered: list[int]) -> dict[str, Any]:
    """Of a side without a rate, whether that is because nothing entered."""
    sides = [
        side | {"band": _band(side)} if side else {"is_empty": not number}
        for side, number in zip((contrast["first"], contrast["second"]), entered, strict=True)
    ]
    return {
        "name": name,
        "sides": sides,
        "verdict": contrast["verdict"],
        "words": verdict_sentence(contrast),
    }


def _band(side: dict[str, Any]) -> tuple[str, str, str]:
    """Start and width of the band and the rate, in hundredths of the picture's width."""
    low, high = 100 * side["low80"], 100 * side["high80"]
    return f"{low:.2f}", f"{max(high - low, 0.5):.2f}", f"{100 * side['rate'] - 0.4:.2f}"
