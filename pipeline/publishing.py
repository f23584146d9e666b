"""Estimates as JSON: the shape the API documents, and the curves a plan is solved with."""

from dataclasses import asdict
from typing import Any

import numpy as np

from pipeline.climbing import ClimbCounts
from pipeline.counting import DealCounts
from pipeline.estimation import Drift, Rates, StageRates
from pipeline.funnels import FunnelEstimate, Tuning

METHOD = {
    "name": "discrete Aalen-Johansen",
    "bin_days": "daily to 28 days, then growing by a tenth",
    "censoring": "half",
    "old_ages": "one hazard where no stay speaks alone",
}
# Curves are probabilities: ten digits are beyond what any history can tell.
DIGITS = 10


def publish_method(tuning: Tuning) -> dict[str, Any]:
    """How it was estimated; ``half_lives`` are the candidates with what each would have gained."""
    return METHOD | {
        "half_life_days": tuning.half_life_days,
        "half_lives": [
            {"days": round(days, 1), "nats": round(nats, 2) + 0.0}
            for days, nats in tuning.half_life.nats
        ],
        "origins": tuning.half_life.origins,
        "sample": tuning.sample,
    }


def publish_rates(funnel: FunnelEstimate, deals: DealCounts) -> dict[str, Any]:
    """``stages`` and ``join`` of the estimate's documented shape."""
    stages: list[dict[str, Any]] = []
    if deals.climb is not None and funnel.ladder is not None:
        stages += _stages(funnel.ladder, deals.climb.rows, "customer", funnel.ladder_drift)
    stages += _stages(funnel.deals, deals.rows, "opportunity", funnel.drift)
    return {
        "stages": stages,
        "join": _join(funnel, deals.climb),
        "amount_per_win": funnel.deals.amount_per_win,
        "dispersion": funnel.tuning.dispersion,
    }


def publish_law(funnel: FunnelEstimate, deals: DealCounts) -> dict[str, Any]:
    """The curves, with the stage rows they are of, in funnel order."""
    rows = [("opportunity", row.pk) for row in deals.rows if row.is_open]
    if deals.climb is not None and funnel.ladder is not None:
        rows = [("customer", row.pk) for row in deals.climb.rows] + rows
    law = {name: _plain(value) for name, value in asdict(funnel.curves).items()}
    chances = funnel.deals.win_probability
    open_stages = funnel.deals.stages.open
    return law | {
        "rows": rows,
        "dispersion": funnel.tuning.dispersion,
        "deals_won": funnel.wins,
        "wins_seen": funnel.deals.subjects.won,
        "repeat_per_month": _plain(funnel.repeat_per_month[open_stages]),
        "win_probability": _plain(chances.table[0][open_stages]),
        "leaving": _leaving(funnel, deals),
        "bins_seen": _plain(chances.bins_seen[0][open_stages]),
        "present": {name: _plain(value) for name, value in vars(funnel.present).items()},
    }


def _leaving(funnel: FunnelEstimate, deals: DealCounts) -> list[list[dict[str, Any]]]:
    """Of each funnel stage where its stays go, and how many of them in each age bin.

    ``to`` is a stage's id, ``kind`` that of the stage, or ``deal`` for a customer's first deal and
    ``lost`` for one given up.
    """
    leaving = []
    if deals.climb is not None and funnel.ladder is not None:
        targets = [("customer", row.pk) for row in deals.climb.rows] + [("deal", 0), ("lost", 0)]
        leaving += _departures(funnel.ladder, targets)
    leaving += _departures(funnel.deals, [("opportunity", row.pk) for row in deals.rows])
    return leaving


def _departures(rates: Rates, targets: list[tuple[str, int]]) -> list[list[dict[str, Any]]]:
    return [
        [
            {"kind": kind, "to": pk, "increments": _plain(increments)}
            for (kind, pk), increments in zip(targets, by_target, strict=True)
            if increments.any()
        ]
        for by_target in rates.estimate.increments[rates.stages.open]
    ]


def _stages(rates: Rates, rows: Any, kind: str, drift: Drift | None) -> list[dict[str, Any]]:
    return [_stage(stage, rows[stage.stage], kind, drift) for stage in rates.by_stage]


def _stage(stage: StageRates, row: Any, kind: str, drift: Drift | None) -> dict[str, Any]:
    success = asdict(stage.success)
    success.pop("log_sd")
    return {
        "stage": row.pk,
        "name": row.name,
        "kind": kind,
        "part": row.part,
        "entered": stage.entered,
        "advanced": stage.advanced,
        "moved_back": stage.moved_back,
        "lost": stage.lost,
        "open": stage.open,
        "promotion": asdict(stage.promotion),
        "success": success,
        "dwell_days": {"median": stage.dwell_median, "p90": stage.dwell_p90},
        "unresolved": stage.unresolved,
        "drift": _drift(drift, stage.stage),
    }


def _drift(drift: Drift | None, stage: int) -> dict[str, Any] | None:
    """A shift that cannot be told to be of one stage is told of all."""
    if drift is None or drift.stage not in (None, stage):
        return None
    year, month = divmod(drift.since, 12)
    return {"since": f"{year}-{month + 1:02}-01", "change": drift.change}


def _join(funnel: FunnelEstimate, customers: ClimbCounts | None) -> dict[str, Any] | None:
    join = funnel.join
    if join is None or customers is None:
        return None
    return {
        "from_stage": customers.rows[join.hands_over].pk,
        "deals_per_customer": join.deals_per_customer,
        "low80": join.low80,
        "high80": join.high80,
        "lag_days": join.lag_days,
        "direct_per_month": join.direct_per_month,
    }


def _plain(value: Any) -> Any:
    """Arrays as nested lists, what is not a number as None."""
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, DIGITS) if np.isfinite(value) else None
    return value
