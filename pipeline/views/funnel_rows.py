"""An estimate as the funnel page shows it: bars, rates between them, and a sentence."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent
from core.vocabulary import label as shipped
from pipeline.drift_words import drift_sentences

# A stage of fewer stays than this is not called the narrowest: its band would be too wide.
ENOUGH = 30
# What the "if it were better" sentence adds to a rate.
POINTS = 0.03
# A value rate below this part of the deal rate is worth a sentence.
MUCH_LESS = 0.75
BAR_WIDTH = 100.0

Band = tuple[str, str, str]


@dataclass(frozen=True)
class Segment:
    """A part of a bar, in hundredths of the picture's width."""

    css: str
    label: str
    count: float
    x: str
    width: str


@dataclass(frozen=True)
class Row:
    """A stage of the estimate with its bar.

    ``hands_over`` marks the join to the pipeline; ``band`` is the promotion rate's band (start,
    width) and the rate in hundredths of its picture's width.
    """

    stage: dict[str, Any]
    segments: list[Segment]
    is_thin: bool
    hands_over: bool
    band: Band | None


def funnel_rows(payload: dict[str, Any]) -> list[Row]:
    join = payload.get("join") or {}
    return [
        Row(
            stage,
            _segments(stage, _scale(payload)),
            is_thin=(stage["promotion"]["n_eff"] or 0) < ENOUGH,
            hands_over=stage["kind"] == "customer" and stage["stage"] == join.get("from_stage"),
            band=band_of(stage["promotion"]),
        )
        for stage in payload["stages"]
    ]


def bar_width(count: float, payload: dict[str, Any]) -> str:
    """The width of a bar of ``count``, on the scale of the stages' bars."""
    return f"{min(count * _scale(payload), BAR_WIDTH):.3f}"


def _scale(payload: dict[str, Any]) -> float:
    widest = max((stage["entered"] for stage in payload["stages"]), default=0)
    return BAR_WIDTH / (widest or 1)


def _segments(stage: dict[str, Any], scale: float) -> list[Segment]:
    """Advanced, open, moved back, lost; of the open ones those that experience says stay put."""
    unresolved = min(stage["open"], (stage["unresolved"] or 0) * stage["entered"])
    parts = [
        ("advanced", _("moved on"), stage["advanced"]),
        ("open", _("open"), stage["open"] - unresolved),
        ("unresolved", _("unresolved"), unresolved),
        ("back", _("moved back"), stage["moved_back"]),
        ("lost", _("lost"), stage["lost"]),
    ]
    segments, x = [], 0.0
    for css, label, count in parts:
        width = count * scale
        if width > 0:
            segments.append(Segment(css, label, count, f"{x:.3f}", f"{width:.3f}"))
        x += width
    return segments


def band_of(rate: dict[str, Any]) -> Band | None:
    """Start and width of the 80 % band and the rate, in hundredths of a picture's width."""
    if rate["rate"] is None or rate["low80"] is None:
        return None
    low, high = 100 * rate["low80"], 100 * rate["high80"]
    return f"{low:.2f}", f"{max(high - low, 0.5):.2f}", f"{100 * rate['rate'] - 0.4:.2f}"


def has_rates(payload: dict[str, Any]) -> bool:
    """Whether anything was learned: a stage that somebody left."""
    return any(stage["promotion"]["rate"] is not None for stage in payload["stages"])


def standing_out(payload: dict[str, Any]) -> list[str]:
    """What a manager should read first, in sentences."""
    stages = [stage for stage in payload["stages"] if stage["promotion"]["rate"] is not None]
    if not stages:
        return []
    shifts = drift_sentences(payload["stages"])
    sentences = [_whole(stages[0]), _narrowest(stages), *shifts, _money(stages)]
    return [sentence for sentence in sentences if sentence]


def _whole(first: dict[str, Any]) -> str:
    success = first["success"]
    if success["rate"] is None:
        return ""
    text = _("Of 100 that enter %(stage)s, %(won)s are won (%(low)s–%(high)s, n %(n)s).")
    return text % {
        "stage": shipped(first["name"]),
        "won": number(100 * success["rate"], 1),
        "low": number(_hundred(success["low80"]), 1),
        "high": number(_hundred(success["high80"]), 1),
        "n": number(first["promotion"]["n_eff"]),
    }


def _narrowest(stages: list[dict[str, Any]]) -> str:
    """The stage where most are lost, and what a little more there would bring.

    A stage's rate is a factor of every success rate before it, so wins grow in its proportion,
    as far as nobody skips the stage.
    """
    known = [s for s in stages if s["promotion"]["n_eff"] >= ENOUGH and s["promotion"]["rate"] > 0]
    if len(known) < 2:
        return ""
    stage = min(known, key=lambda s: float(s["promotion"]["rate"]))
    rate = stage["promotion"]
    text = _(
        "Most are lost in %(stage)s: %(rate)s move on (%(low)s–%(high)s, n %(n)s). "
        "Three points more there would be about %(gain)s more wins."
    )
    return text % {
        "stage": shipped(stage["name"]),
        "rate": percent(rate["rate"]),
        "low": number(_hundred(rate["low80"])),
        "high": number(_hundred(rate["high80"])),
        "n": number(rate["n_eff"]),
        "gain": percent(POINTS / rate["rate"]),
    }


def _money(stages: list[dict[str, Any]]) -> str:
    deals = [stage for stage in stages if stage["kind"] == "opportunity"]
    if not deals:
        return ""
    by_deal, by_money = deals[0]["success"]["rate"], deals[0]["success"]["value_rate"]
    if not by_deal or by_money is None or by_money > MUCH_LESS * by_deal:
        return ""
    text = _(
        "Big deals win less often: from %(stage)s on %(deals)s of the deals are won, "
        "but %(money)s of the money."
    )
    return text % {
        "stage": shipped(deals[0]["name"]),
        "deals": percent(by_deal),
        "money": percent(by_money),
    }


def _hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share
