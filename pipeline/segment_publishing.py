"""Rates by segment as JSON: what an estimate of segments keeps, for whoever may read it later."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.estimation import StageRates, WinProbability
from pipeline.estimation.arrays import Floats
from pipeline.estimation.segments import SegmentRates, SegmentStage
from pipeline.estimation.standing_out import standing_out
from pipeline.models import Stage
from pipeline.segmenting import Segmentation


@dataclass(frozen=True)
class Split:
    """The deals of a pipeline split by ``fields``: their segments, and the rates of each.

    ``rows`` are the stages in the order of the rates; ``one_in`` deals were looked at, all where
    that is 1; ``refused`` says why there are no segments.
    """

    fields: tuple[str, ...]
    rows: tuple[Stage, ...]
    found: Segmentation
    rates: SegmentRates
    one_in: int
    refused: str | None


def publish_split(split: Split) -> dict[str, Any]:
    """The documented shape of an estimate, with ``segments`` in each stage.

    Segments are in one order throughout; names are as typed, sentences are made for each reader.
    """
    return {
        "fields": list(split.fields),
        "stages": [_stage(split, place) for place in range(len(split.rates.whole.by_stage))],
        "join": None,
        "amount_per_win": split.rates.whole.amount_per_win,
        "segments": _segments(split),
        "standing_out": _standing_out(split),
        "left_out": split.found.left_out,
        "one_in": split.one_in,
        "refused": split.refused,
    }


def publish_chances(split: Split, chances: WinProbability) -> dict[str, Any]:
    """P(won | segment, stage, age bin) float[G, S, A] of the open stages, with how many times as
    often deals that begin are won as all; ``values`` as in Segment."""
    places = split.rates.stages.open
    whole = split.rates.whole.by_stage[0].success.rate
    levels = [_times(rows[0].rates.success.rate, whole) for rows in split.rates.segments]
    return {
        "field": split.fields[0],
        "rows": [["opportunity", split.rows[place].pk] for place in places],
        "values": [segment.values[0] for segment in split.found.segments],
        "names": [segment.names[0] for segment in split.found.segments],
        "levels": levels,
        "win_probability": _rounded(chances.table[:, places]),
        "bins_seen": chances.bins_seen[:, places].tolist(),
    }


def _times(rate: float | None, whole: float | None) -> float:
    return rate / whole if rate and whole else 1.0


def _rounded(table: Floats) -> list[Any]:
    """Six digits are beyond what a segment can tell; None where nobody was seen."""
    kept = np.round(table, 6).astype(object)
    kept[~np.isfinite(table)] = None
    return list(kept.tolist())


def _stage(split: Split, place: int) -> dict[str, Any]:
    whole = split.rates.whole.by_stage[place]
    row = split.rows[whole.stage]
    about = {"stage": row.pk, "name": row.name, "kind": "opportunity", "part": row.part}
    segments = [_part(segment[place]) for segment in split.rates.segments]
    return about | _rates(whole) | {"drift": None, "segments": segments}


def _rates(stage: StageRates) -> dict[str, Any]:
    success = asdict(stage.success)
    success.pop("log_sd")
    return {
        "entered": stage.entered,
        "advanced": stage.advanced,
        "moved_back": stage.moved_back,
        "lost": stage.lost,
        "open": stage.open,
        "promotion": asdict(stage.promotion),
        "success": success,
        "dwell_days": {"median": stage.dwell_median, "p90": stage.dwell_p90},
        "unresolved": stage.unresolved,
    }


def _part(found: SegmentStage) -> dict[str, Any]:
    row = _rates(found.rates)
    row["promotion"] |= {"raw": found.raw, "pooled": found.is_pooled}
    row["success"] |= {
        "raw": found.raw_success,
        "pooled": found.is_success_pooled,
        "value_pooled": found.is_value_pooled,
    }
    pace = {"level": found.pace, "low80": found.pace_low80, "high80": found.pace_high80}
    return row | {"pace": pace}


def _segments(split: Split) -> list[dict[str, Any]]:
    deals, rates = split.found.deals, split.rates
    return [
        {
            "values": list(segment.values),
            "names": list(segment.names),
            "deals": int(deals[place]),
            "wins": int(rates.wins[place]),
            "amount_per_win": _known(rates.amount_per_win[place]),
        }
        for place, segment in enumerate(split.found.segments)
    ]


def _standing_out(split: Split) -> list[dict[str, Any]]:
    return [
        {
            "segment": found.segment,
            "stage": None if found.stage is None else split.rows[found.stage].pk,
            "what": found.what,
            "factor": found.factor,
        }
        for found in standing_out(split.rates)
    ]


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
