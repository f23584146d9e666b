"""Rates by segment as the funnel page shows them: one stage, one row a segment."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from pipeline.views.funnel_rows import Band, band_of
from pipeline.views.opening import narrowed_to, sample_of, stage_behind

LISTED_BY = ("team", "owner", "source", "product")
"""Fields that the list of deals can be filtered by."""


@dataclass(frozen=True)
class SegmentRow:
    """A segment in one stage, or all deals where ``is_whole``; bands as pictures of 100 by 8.

    ``url`` lists the deals of the segment, as far as the list can be filtered so; ``behind`` the
    stays that were counted.
    """

    label: str
    deals: int
    stage: dict[str, Any]
    promotion_band: Band | None
    success_band: Band | None
    url: str
    behind: str
    is_whole: bool


def segment_rows(document: dict[str, Any], place: int) -> list[SegmentRow]:
    """All deals first, then the segments: bands of amounts as they rise, others by size."""
    stage = document["stages"][place]
    rows = [
        _row(
            each["label"],
            segment["deals"],
            each,
            url=_deals_of(document, segment["value"]),
            behind=stage_behind(document, stage, narrowed_to(document, segment["value"])),
        )
        for each, segment in zip(stage["segments"], document["segments"], strict=True)
        if each["entered"]
    ]
    if document["fields"] != ["amount_band"]:
        rows.sort(key=lambda row: -row.stage["entered"])
    behind = stage_behind(document, stage, sample_of(document))
    return [_row("", document["subjects"], stage, behind=behind, is_whole=True), *rows]


def _row(
    label: str,
    deals: int,
    stage: dict[str, Any],
    *,
    url: str = "",
    behind: str,
    is_whole: bool = False,
) -> SegmentRow:
    bands = band_of(stage["promotion"]), band_of(stage["success"])
    return SegmentRow(label, deals, stage, *bands, url, behind, is_whole)


def _deals_of(document: dict[str, Any], value: Any) -> str:
    fields = document["fields"]
    values = value if len(fields) > 1 else [value]
    if None in values or not set(fields) <= set(LISTED_BY):
        return ""
    query = {"pipeline": document["pipeline"], **dict(zip(fields, values, strict=True))}
    return f"{reverse('pipeline:opportunities')}?{urlencode(query)}"


def is_all_alike(rows: list[SegmentRow]) -> bool:
    """Whether no segment has enough deals for a rate of its own."""
    parts = [row.stage for row in rows if not row.is_whole]
    return all(part["promotion"]["pooled"] and part["success"]["pooled"] for part in parts)
