"""Rates by segment as JSON: what an estimate of segments keeps, for whoever may read it later."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crm.models import LifecycleStage
from pipeline.estimation import StageRates, WinProbability
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.segments import SegmentRates, SegmentStage
from pipeline.estimation.standing_out import standing_out
from pipeline.models import Stage
from pipeline.segmentation import Segmentation


@dataclass(frozen=True)
class Split:
    """The deals of a pipeline split by ``fields``: their segments, and the rates of each.

    ``rows`` are the stages in the order of the rates; one in ``one_in`` deals was looked at, all
    where that is 1; ``refused`` says why there are no segments. ``ladder`` are the customers on
    their way to a first deal, None where they are not split.
    """

    fields: tuple[str, ...]
    rows: tuple[Stage, ...]
    found: Segmentation
    rates: SegmentRates
    one_in: int
    refused: str | None
    ladder: "LadderSplit | None" = None

    @property
    def parts(self) -> "list[tuple[str, tuple[Any, ...], SegmentRates]]":
        """The kind, stages and rates of each part of the funnel, in its order."""
        deals = ("opportunity", self.rows, self.rates)
        if self.ladder is None:
            return [deals]
        return [("customer", self.ladder.rows, self.ladder.rates), deals]


@dataclass(frozen=True)
class LadderSplit:
    """The customers on the ladder split by the same segments; one in ``one_in`` was looked at."""

    rows: tuple[LifecycleStage, ...]
    rates: SegmentRates
    one_in: int


def publish_split(split: Split) -> dict[str, Any]:
    """The documented shape of an estimate, with ``segments`` in each stage.

    Segments are in one order throughout; names are as typed, sentences are made for each reader.
    """
    return {
        "fields": list(split.fields),
        "stages": [row for part in split.parts for row in _stages(*part)],
        "join": None,
        "amount_per_win": split.rates.whole.amount_per_win,
        "segments": _segments(split),
        "standing_out": _standing_out(split),
        "left_out": split.found.left_out,
        "one_in": split.one_in,
        "refused": split.refused,
    } | _customers(split)


def _customers(split: Split) -> dict[str, Any]:
    """What is said of customers besides their rates; all null where they are not split."""
    if split.ladder is None:
        return dict.fromkeys(("customers", "customers_left_out", "customers_one_in"))
    return {
        "customers": len(split.found.climbing),
        "customers_left_out": split.found.customers_left_out,
        "customers_one_in": split.ladder.one_in,
    }


def publish_chances(split: Split, kept: Ints, chances: WinProbability) -> dict[str, Any]:
    """P(won | segment, stage, age bin) float[G, S, A] of the open stages, with how many times as
    often deals that begin are won as all; ``values`` as in Segment. ``kept`` int[G] are the places
    of its segments in ``split``."""
    places = split.rates.stages.open
    whole = split.rates.whole.by_stage[0].success.rate
    parts = [split.rates.segments[place] for place in kept]
    segments = [split.found.segments[place] for place in kept]
    levels = [_times(rows[0].rates.success.rate, whole) for rows in parts]
    return {
        "field": split.fields[0],
        "rows": [["opportunity", split.rows[place].pk] for place in places],
        "values": [segment.values[0] for segment in segments],
        "names": [segment.names[0] for segment in segments],
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


def _stages(kind: str, rows: tuple[Any, ...], rates: SegmentRates) -> list[dict[str, Any]]:
    return [
        _stage(kind, rows[whole.stage], whole, [segment[place] for segment in rates.segments])
        for place, whole in enumerate(rates.whole.by_stage)
    ]


def _stage(kind: str, row: Any, whole: StageRates, parts: list[SegmentStage]) -> dict[str, Any]:
    about = {"stage": row.pk, "name": row.name, "kind": kind, "part": row.part}
    segments = [_part(part, kind) for part in parts]
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


def _part(found: SegmentStage, kind: str) -> dict[str, Any]:
    row = _rates(found.rates)
    row["promotion"] |= {"raw": found.raw, "pooled": found.is_pooled}
    row["success"] |= {
        "raw": found.raw_success,
        "pooled": found.is_success_pooled,
        "value_pooled": found.is_value_pooled,
    }
    if kind == "customer":
        row["success"] |= {
            "reach_pooled": found.is_reach_pooled,
            "wins_pooled": found.is_wins_pooled,
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
        | _climbed(split, place)
        for place, segment in enumerate(split.found.segments)
    ]


def _climbed(split: Split, place: int) -> dict[str, Any]:
    """The customers of a segment, and how many of those handed over are won; null as above."""
    if split.ladder is None or split.ladder.rates.after is None:
        return {"customers": None, "handed_over": None}
    after = split.ladder.rates.after
    found = after.leaning
    return {
        "customers": int(split.found.customers[place]),
        "handed_over": {
            "customers": int(after.handed_over[place]),
            "rate": _known(found.rate[place]),
            "low80": _known(found.low80[place]),
            "high80": _known(found.high80[place]),
            "n_eff": _known(found.n_eff[place]),
            "raw": _known(after.raw[place]),
            "pooled": bool(found.thin[place]),
        },
    }


def _standing_out(split: Split) -> list[dict[str, Any]]:
    """Of customers and deals together, the strongest first."""
    findings = [
        {
            "segment": found.segment,
            "kind": kind,
            "stage": None if found.stage is None else rows[found.stage].pk,
            "what": found.what,
            "factor": found.factor,
        }
        for kind, rows, rates in split.parts
        for found in standing_out(rates)
    ]
    return sorted(findings, key=lambda row: (-abs(np.log(row["factor"])), row["segment"]))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
