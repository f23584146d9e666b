"""Shaped reads of a backtest: what page, API and command show as the model card."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from core import clock
from pipeline.histories import EPOCH
from pipeline.models import Backtest

COUNTED = ("wins", "value")
LEADS = ("given_leads", "forecast_leads", "open")
METHOD = "method"
QUANTILES = (10, 50, 90)
PINBALL = ("pinball", "step_pinball")


def card_document(card: Backtest) -> dict[str, Any]:
    """The documented shape of a model card; instants as ISO texts in the company's time zone."""
    kept = card.document
    begun = card.history_from
    return {
        "id": card.pk,
        "pipeline": card.pipeline_id,
        "as_of": _iso(card.as_of),
        "computed_at": _iso(card.computed_at),
        "history_from": begun and _iso(begun),
        "currency": card.pipeline.currency,
        "deals": card.deals,
        "sample": card.sample,
        "half_life_days": card.half_life_days,
        "unit": kept["unit"],
        "horizon": kept["horizon"],
        "origins": [_instant(origin) for origin in kept["origins"]],
        "enough": kept["enough"],
        "missing": kept["missing"],
        "wins": _dated(kept["wins"]),
        "value": _dated(kept["value"]),
        "value_refused": kept["value_refused"],
        "reliability": kept["reliability"],
        "dispersion": kept["dispersion"],
    }


def score_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The table of errors, one flat row for the method and for each naive rule."""
    return [
        {"counted": counted, "leads": leads, "rule": rule, **_flat(scores)}
        for counted, leads, comparison in comparisons(document)
        for rule, scores in rules_of(comparison)
    ]


def window_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What the method forecast at every origin and what came, one flat row each."""
    return [
        {"counted": counted, "leads": leads, **window}
        for counted, leads, comparison in comparisons(document)
        for window in comparison["windows"]
    ]


def reliability_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["reliability"])


TABLES = {"scores": score_rows, "windows": window_rows, "reliability": reliability_rows}


def comparisons(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every thing forecast: in wins or money, given which leads, and its comparison."""
    for counted in COUNTED:
        if document[counted] is not None:
            for leads in LEADS:
                yield counted, leads, document[counted][leads]


def rules_of(comparison: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The method first, then the naive rules, each with its scores."""
    naive = [(row["rule"], row["scores"]) for row in comparison["rules"]]
    return [(METHOD, comparison["method"]), *naive]


def _flat(scores: dict[str, Any]) -> dict[str, Any]:
    flat = {key: value for key, value in scores.items() if key not in PINBALL}
    for name in PINBALL:
        for share, loss in zip(QUANTILES, scores[name], strict=True):
            flat[f"{name}{share}"] = loss
    return flat


def _dated(card: dict[str, Any] | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        leads: {
            **comparison,
            "windows": [
                {**window, "origin": _instant(window["origin"])} for window in comparison["windows"]
            ],
        }
        for leads, comparison in card.items()
    }


def _instant(microseconds: int) -> str:
    return _iso(EPOCH + timedelta(microseconds=microseconds))


def _iso(at: datetime) -> str:
    return at.astimezone(clock.company_zone()).isoformat()
