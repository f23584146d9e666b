"""A model card as its page shows it: rows of tables and the data of pictures."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from core.templatetags.figures import day, month, number, percent, short_money
from pipeline.card_words import RULES
from pipeline.model_card import METHOD, rules_of


@dataclass(frozen=True)
class RuleRow:
    """One line of the table of errors; shares of 1, ``bias`` with its sign as a text."""

    name: str
    is_method: bool
    scores: dict[str, Any]
    bias: str
    pinball: float | None


@dataclass(frozen=True)
class WindowRow:
    """What was forecast on one day and what came."""

    origin: str
    steps: int
    is_whole: bool
    forecast: str
    low: str
    high: str
    actual: str
    off: str


def rule_rows(comparison: dict[str, Any]) -> list[RuleRow]:
    return [
        RuleRow(
            name=str(RULES[rule]),
            is_method=rule == METHOD,
            scores=scores,
            bias=signed(scores["bias"]),
            pinball=_mean(scores["pinball"]),
        )
        for rule, scores in rules_of(comparison)
    ]


def window_rows(document: dict[str, Any], counted: str, leads: str) -> list[WindowRow]:
    figure = _figure_of(document, counted)
    return [
        WindowRow(
            origin=_label(document["unit"], window),
            steps=window["steps"],
            is_whole=window["steps"] == document["horizon"],
            forecast=figure(window["forecast"]),
            low=figure(window["low80"]),
            high=figure(window["high80"]),
            actual=number(window["actual"]) if counted == "wins" else figure(window["actual"]),
            off=signed(_off(window)),
        )
        for window in document[counted][leads]["windows"]
    ]


def forecast_picture(document: dict[str, Any], counted: str, leads: str) -> dict[str, Any]:
    """Bands and what came, by origin; the script writes the figures."""
    windows = document[counted][leads]["windows"]
    return {
        "labels": [_label(document["unit"], window) for window in windows],
        "forecast": [window["forecast"] for window in windows],
        "low": [window["low80"] for window in windows],
        "high": [window["high80"] for window in windows],
        "actual": [window["actual"] for window in windows],
        "steps": [window["steps"] for window in windows],
        "horizon": document["horizon"],
        "words": {
            "forecast": _("forecast"),
            "band": _("80 % band"),
            "actual": _("came"),
            "part": _("not over yet"),
            "steps": _("{steps} of {horizon} steps are over"),
        },
    }


def reliability_picture(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "labels": [percent(bin["mean_chance"], 1) for bin in document["reliability"]],
        "bins": document["reliability"],
        "words": {
            "chance": _("chance given"),
            "won": _("share won"),
            "band": _("80 % band"),
            "deals": _("deals"),
            "perfect": _("as said"),
        },
    }


def day_of(text: str) -> date:
    """The company's day of an instant of the document."""
    return datetime.fromisoformat(text).date()


def signed(share: float | None) -> str:
    """+9 % for 9 % high."""
    text = percent(share if share is None else abs(share))
    if share is None or round(abs(share), 2) == 0:
        return text
    return f"+{text}" if share > 0 else f"−{text}"


def _label(unit: str, window: dict[str, Any]) -> str:
    origin = day_of(window["origin"])
    if unit != "month":
        return day(origin)
    is_chinese = (translation.get_language() or "").startswith("zh")
    return month(origin, "y年M月" if is_chinese else "LLL y")


def _figure_of(document: dict[str, Any], counted: str) -> Any:
    if counted == "wins":
        return lambda value: number(value, 1)
    return lambda value: short_money(value, document["currency"])


def _off(window: dict[str, Any]) -> float | None:
    return window["forecast"] / window["actual"] - 1 if window["actual"] else None


def _mean(losses: list[float | None]) -> float | None:
    known = [loss for loss in losses if loss is not None]
    return sum(known) / len(known) if known else None
