"""Rates by segment as the funnel page shows them: one stage, one row a segment."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from pipeline.views.funnel_rows import Band, band_of
from pipeline.views.opening import narrowed_to, stage_behind

LISTED_BY = {
    "opportunity": ("team", "owner", "source", "product"),
    "customer": ("owner", "source", "region"),
}
"""Fields that the list of deals, and that of customers, can be filtered by."""


@dataclass(frozen=True)
class SegmentRow:
    """A segment in one stage, or all of them where ``is_whole``; bands as pictures of 100 by 8.

    ``members`` are the deals of the segment, or its customers where the stage is a ladder's;
    ``url`` lists them, as far as the list can be filtered so; ``behind`` the stays counted.
    """

    label: str
    members: int
    stage: dict[str, Any]
    promotion_band: Band | None
    success_band: Band | None
    url: str
    behind: str
    is_whole: bool


def segment_rows(document: dict[str, Any], place: int) -> list[SegmentRow]:
    """All first, then the segments: bands of amounts as they rise, others by size."""
    stage = document["stages"][place]
    kind, members = stage["kind"], "customers" if stage["kind"] == "customer" else "deals"
    rows = [
        _row(
            each["label"],
            segment[members],
            each,
            url=_list_of(document, kind, segment["value"]),
            behind=stage_behind(document, stage, narrowed_to(document, segment["value"])),
        )
        for each, segment in zip(stage["segments"], document["segments"], strict=True)
        if each["entered"]
    ]
    if document["fields"] != ["amount_band"]:
        rows.sort(key=lambda row: -row.stage["entered"])
    whole = document["customers"] if kind == "customer" else document["subjects"]
    behind = stage_behind(document, stage, {})
    return [_row("", whole, stage, behind=behind, is_whole=True), *rows]


def _row(
    label: str,
    members: int,
    stage: dict[str, Any],
    *,
    url: str = "",
    behind: str,
    is_whole: bool = False,
) -> SegmentRow:
    bands = band_of(stage["promotion"]), band_of(stage["success"])
    return SegmentRow(label, members, stage, *bands, url, behind, is_whole)


def _list_of(document: dict[str, Any], kind: str, value: Any) -> str:
    fields = document["fields"]
    values = value if len(fields) > 1 else [value]
    if None in values or not set(fields) <= set(LISTED_BY[kind]):
        return ""
    query = dict(zip(fields, values, strict=True))
    if kind == "customer":
        return f"{reverse('crm:customers')}?{urlencode(query)}"
    query = {"pipeline": document["pipeline"], **query}
    return f"{reverse('pipeline:opportunities')}?{urlencode(query)}"


def is_all_alike(rows: list[SegmentRow]) -> bool:
    """Whether no segment has enough for a rate of its own."""
    parts = [row.stage for row in rows if not row.is_whole]
    return all(part["promotion"]["pooled"] and part["success"]["pooled"] for part in parts)
