"""Documents of the funnel as flat rows, for spreadsheets."""

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Rows = list[dict[str, Any]]


def dwell_rows(document: Document) -> Rows:
    """One row an age: the part of all stays that has gone each way by then."""
    columns = {"days": document["edges"]}
    columns |= {name: document[name] for name in ("advanced", "moved_back", "lost", "still")}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def trend_rows(document: Document) -> Rows:
    return list(document["points"])


def compare_rows(document: Document) -> Rows:
    """One row a stage, each contrast in columns of its own."""
    return [
        {key: stage[key] for key in ("stage", "name", "kind", "days")}
        | {
            f"{side}_{name}": stage[name][place]
            for name in ("entered", "advanced", "open")
            for place, side in enumerate(("first", "second"))
        }
        | _contrast("", stage["by_number"])
        | _contrast("value_", stage["by_value"])
        | _contrast("success_", stage["success"])
        for stage in document["stages"]
    ]


def _contrast(prefix: str, contrast: Document | None) -> Document:
    if contrast is None:
        return {}
    row: Document = {}
    for side in ("first", "second", "difference"):
        for key, value in (contrast[side] or {}).items():
            row[f"{prefix}{side}_{key}"] = value
    return row | {f"{prefix}verdict": contrast["verdict"]}


def estimate_rows(document: Document) -> Rows:
    """One row a stage; of an estimate by segment, one a stage and segment."""
    rows: Rows = []
    for stage in document["stages"]:
        about = {"stage": stage["stage"], "name": stage["name"], "kind": stage["kind"]}
        rows.append(about | _rates(stage))
        for segment in stage.get("segments") or []:
            named = {"segment_value": segment["value"], "segment": segment["label"]}
            rows.append(about | named | _rates(segment))
    return rows


COUNTS = ("entered", "advanced", "moved_back", "lost", "open", "unresolved")


def _rates(stage: Document) -> Document:
    row = {name: stage[name] for name in COUNTS}
    for part in ("promotion", "success", "dwell_days"):
        row |= {f"{part}_{key}": value for key, value in stage[part].items()}
    return row


def stay_rows(document: Document) -> Rows:
    return list(document["results"])


TABLES: dict[str, Callable[[Document], Rows]] = {
    "dwell": dwell_rows,
    "trend": trend_rows,
    "compare": compare_rows,
    "stays": stay_rows,
}
