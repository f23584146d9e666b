"""How the rates of a stage have moved from one period of entry to the next."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent
from pipeline.drift_words import drift_sentence
from pipeline.estimation.trend import Period
from pipeline.trends import trend_points
from pipeline.views.counted import look, named_stage, nothing_counted
from pipeline.views.opening import behind_url
from pipeline.views.requests import PageRequest

PERIODS: dict[str, Period] = {"month": "month", "quarter": "quarter", "year": "year"}
LEAST_ENTERED = 10
"""A rate of fewer is no headline."""


def trend(request: PageRequest) -> HttpResponse:
    """Shares and the rate of one stage by period of entry; young periods marked as such."""
    looked = look(request)
    if looked is None or looked.readings is None:
        return nothing_counted(request, looked, _("Trend"))
    part, place = named_stage(request, looked.readings)
    by = PERIODS.get(request.GET.get("by", "quarter"), "quarter")
    points = trend_points(part, by=by, place=place)
    stage = looked.published(part, place)
    drift = stage and stage["drift"]
    asked = {"by": by, "kind": part.kind, "stage": part.rows[place].pk}
    context = looked.context | {
        "row": part.rows[place],
        "name": part.name_at(place),
        "kind": part.kind,
        "key": f"{part.kind}-{part.rows[place].pk}",
        "choices": looked.choices,
        "by": by,
        "switch": {"month": _("Months"), "quarter": _("Quarters"), "year": _("Years")},
        "points": [
            point | {"behind": _behind(looked.pipeline.pk, point)} for point in points[::-1]
        ],
        "api": f"/api/v1/pipelines/{looked.pipeline.pk}/trend/?{urlencode(asked)}",
        "sentences": sentences(part.name_at(place), points, drift),
        "chart": trend_chart(points, drift),
    }
    return render(request, "pipeline/trend.html", context)


def _behind(pipeline: int, point: dict[str, Any]) -> str:
    """Where those that entered then are listed."""
    names = ("kind", "stage", "entered_from", "entered_before")
    return behind_url(pipeline=pipeline, **{name: point[name] for name in names})


def sentences(name: str, points: list[dict[str, Any]], drift: dict[str, Any] | None) -> list[str]:
    said = [_settled(name, points), drift_sentence(drift), _young(points)]
    return [sentence for sentence in said if sentence]


def _settled(name: str, points: list[dict[str, Any]]) -> str:
    """The last finished period that says something, beside the finished one before it."""
    settled = [point for point in points if point["is_finished"] and point["rate"] is not None]
    if not settled:
        return ""
    while settled and settled[-1]["entered"] < LEAST_ENTERED:
        settled.pop()
    if not settled:
        text = _(
            "In no finished period have %(n)s entered %(stage)s: too few to say how many move on."
        )
        return text % {"n": number(LEAST_ENTERED), "stage": name}
    text = _(
        "Of those that entered %(stage)s in %(period)s, %(rate)s moved on "
        "(%(low)s–%(high)s, n %(n)s)."
    )
    said = text % (_figures(settled[-1]) | {"stage": name})
    if len(settled) < 2:
        return said
    before = _(" In %(period)s it was %(rate)s (%(low)s–%(high)s, n %(n)s).")
    return said + before % _figures(settled[-2])


def _figures(point: dict[str, Any]) -> dict[str, str]:
    return {
        "period": point["period"],
        "rate": percent(point["rate"]),
        "low": number(100 * point["low80"]),
        "high": number(100 * point["high80"]),
        "n": number(point["entered"]),
    }


def _young(points: list[dict[str, Any]]) -> str:
    young = [point["period"] for point in points if not point["is_finished"]]
    if not young:
        return ""
    text = _("%(period)s and later are not finished: what is open there may still go anywhere.")
    return text % {"period": young[0]}


def trend_chart(points: list[dict[str, Any]], drift: dict[str, Any] | None) -> dict[str, Any]:
    """Shares of what entered, one place a period."""
    some = any(point["entered"] for point in points)
    shown = points if some else []
    parts = ("advanced", "moved_back", "lost", "open")
    return {
        "labels": [_label(point) for point in shown],
        **{part: [_share(point, part) for point in shown] for part in parts},
        "counts": {part: [point[part] for point in shown] for part in parts},
        "entered": [point["entered"] for point in shown],
        **{name: [point[name] for point in shown] for name in ("rate", "low80", "high80")},
        "drift": _drift_place(shown, drift),
        "words": {
            "advanced": _("moved on"),
            "moved_back": _("moved back"),
            "lost": _("lost"),
            "open": _("open"),
            "rate": _("promotion rate"),
            "band": _("80 % band"),
            "entered": _("entered"),
            "drift": drift_sentence(drift),
        },
    }


def _label(point: dict[str, Any]) -> str:
    """With a mark where the period is not finished."""
    period: str = point["period"]
    return period if point["is_finished"] else f"{period} …"


def _share(point: dict[str, Any], part: str) -> float | None:
    return round(point[part] / point["entered"], 6) if point["entered"] else None


def _drift_place(points: list[dict[str, Any]], drift: dict[str, Any] | None) -> int | None:
    """Place of the period in which the shift began."""
    if not drift:
        return None
    for place, point in enumerate(points):
        if point["entered_from"] <= drift["since"] < point["entered_before"]:
            return place
    return None
