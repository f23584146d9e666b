"""How the rates of a funnel have moved from one period of entry to the next."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np

from pipeline.dwelling import days_of_leavers
from pipeline.estimation.aalen_johansen import aalen_johansen, shared_ages
from pipeline.estimation.bins import DAY
from pipeline.estimation.calendar import month_starts
from pipeline.estimation.trend import MONTHS_IN, Period, TrendPoint, trend
from pipeline.histories import microseconds
from pipeline.readings import FunnelPart, Readings, instant_of_month, month_start


def trend_document(
    readings: Readings, *, by: Period, of: tuple[FunnelPart, int] | None = None
) -> dict[str, Any]:
    """The documented shape of a trend; of all stages, or of the one at a place of a part."""
    if of is not None:
        points = trend_points(of[0], by=by, place=of[1])
    else:
        parts = [part for part in (readings.ladder, readings.deals) if part is not None]
        points = [point for part in parts for point in trend_points(part, by=by)]
    return {
        "pipeline": readings.pipeline.pk,
        "by": by,
        "as_of": readings.as_of.isoformat(),
        "points": points,
    }


def trend_points(part: FunnelPart, *, by: Period, place: int | None = None) -> list[dict[str, Any]]:
    settled = _settling_days(part)
    found: Iterable[TrendPoint] = trend(part.margins.calendar, by=by)
    return [
        _point(part, point, by, settled[point.stage])
        for point in found
        if place is None or point.stage == place
    ]


def _settling_days(part: FunnelPart) -> dict[int, float | None]:
    """By place: days by which nine of ten that ever leave have left."""
    whole = part.margins.calendar.total()
    found = aalen_johansen(whole, together=shared_ages(whole))
    return {
        place: days_of_leavers(found.survival[place], 0.9) for place in part.stages.open.tolist()
    }


def _point(
    part: FunnelPart, point: TrendPoint, by: Period, settled: float | None
) -> dict[str, Any]:
    following = point.first_month + MONTHS_IN[by]
    row = part.rows[point.stage]
    return {
        "period": period_name(point.first_month, by),
        "entered_from": month_start(point.first_month).isoformat(),
        "entered_before": month_start(following).isoformat(),
        "stage": row.pk,
        "name": part.name_at(point.stage),
        "kind": part.kind,
        "entered": point.entered,
        "advanced": point.advanced,
        "moved_back": point.moved_back,
        "lost": point.lost,
        "open": point.open,
        "rate": point.rate,
        "low80": point.low80,
        "high80": point.high80,
        "unresolved": point.unresolved,
        "shape_rate": point.shape_rate,
        "is_finished": _is_finished(part, point, following, settled),
    }


def _is_finished(
    part: FunnelPart, point: TrendPoint, following: int, settled: float | None
) -> bool:
    """Over, and either nothing of it is open or it is as old as most take to leave."""
    if part.as_of < instant_of_month(following):
        return False
    return not point.open or _days_since(part, following) >= (settled or 0.0)


def _days_since(part: FunnelPart, month: int) -> float:
    start = float(month_starts(np.array([month]))[0])
    return microseconds(part.as_of) / DAY - start


def period_name(month: int, by: Period) -> str:
    """2001-03, 2001-Q1 or 2001."""
    first: date = month_start(month)
    names = {"month": f"{first:%Y-%m}", "quarter": f"{first.year}-Q{(first.month + 2) // 3}"}
    return names.get(by, str(first.year))
