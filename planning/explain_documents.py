"""An explained number as JSON: its sentences, its parts as they are and as they are shown."""

from dataclasses import replace
from datetime import date
from typing import Any

from planning.explain_names import part_name, title_of
from planning.explain_rows import rows_of
from planning.explain_words import sentences
from planning.explained import Asked, Explained, NothingToExplain, Part
from planning.explaining import explain
from planning.shares import Shares
from planning.solving import SolvedPlan


def explained_document(
    solved: SolvedPlan, asked: Asked, shares: Shares | None = None
) -> dict[str, Any]:
    """The documented shape. Raises NothingToExplain where the plan has no such number."""
    found = explain(solved, asked, shares)
    kind, stage = _stage(solved, asked.stage)
    return {
        "plan": solved.plan.pk,
        "estimate": solved.estimate.pk,
        "as_of": solved.estimate.as_of.isoformat(),
        "about": asked.about,
        "kind": kind,
        "stage": stage,
        "month": _month(solved, asked.month),
        "quarter": asked.quarter,
        "name": found.asked.name,
        "dimension": asked.dimension or None,
        "of": asked.value if asked.dimension else None,
        "share": found.facts["share"]["share"] if asked.dimension else None,
        "basis": found.facts["share"]["basis"] if asked.dimension else None,
        "own": _own(found.facts["share"]) if asked.dimension else None,
        "title": title_of(solved, found.asked),
        "text": sentences(solved, found),
        "unit": found.unit,
        "currency": solved.plan.currency,
        "value": found.value,
        "shown": found.shown,
        "parts": _parts(solved, found),
        "wins": _wins(solved, found),
    }


def _own(facts: dict[str, Any]) -> dict[str, Any]:
    """How a part differs from the whole, and what it would need before the parts were scaled."""
    amount, success = facts["amount"], facts["success"]
    return {
        "amount_ratio": amount.times,
        "amount_is_own": amount.is_own,
        "success_ratio": success.times,
        "success_is_own": success.is_own,
        "value": facts["own"],
        "all_parts": facts["all_own"],
        "scale": facts["scale"],
        "bought": facts["bought"],
    }


def _parts(solved: SolvedPlan, found: Explained) -> list[dict[str, Any]]:
    shown = {row.part: row.shown for row in rows_of(found)}
    return [_part(solved, part) | {"shown": shown.get(part, 0.0)} for part in found.parts]


def _part(solved: SolvedPlan, part: Part) -> dict[str, Any]:
    kind, stage = _stage(solved, part.stage)
    return {
        "origin": part.origin,
        "text": part_name(solved, part),
        "value": part.value,
        "kind": kind,
        "stage": stage,
        "month": _month(solved, part.month),
        "name": part.name,
        "quantity": part.quantity,
        "price": part.price,
    }


def _wins(solved: SolvedPlan, found: Explained) -> dict[str, Any] | None:
    """Of entries: the wins they lead to, and the rate, with band and n, by which they do."""
    facts = found.facts
    if "rate" not in facts:
        return None
    rate, landing = facts["rate"], facts["landing"]
    return {
        "wins": facts["wins"],
        "success": facts["success"],
        "rate": rate["success"]["rate"],
        "low80": rate["success"]["low80"],
        "high80": rate["success"]["high80"],
        "n": rate["promotion"]["n_eff"],
        "entered": rate["entered"],
        "months": [
            {"month": first.isoformat(), "wins": float(n)}
            for first, n in zip(solved.months, landing, strict=True)
        ],
        "later": facts["later"],
        "median_weeks": facts["median_weeks"],
        "two_thirds_weeks": facts["two_thirds_weeks"],
    }


def _stage(solved: SolvedPlan, place: int | None) -> tuple[str | None, int | None]:
    return (None, None) if place is None else solved.funnel.rows[place]


def _month(solved: SolvedPlan, place: int | None) -> str | None:
    return None if place is None else solved.months[place].isoformat()


def asked_by(
    solved: SolvedPlan,
    *,
    about: str,
    kind: str | None,
    stage: int | None,
    month: date | None,
    name: str,
    place: int | None,
    dimension: str = "",
    of: str = "",
    quarter: int | None = None,
) -> Asked:
    """The number that a query asks about. Raises NothingToExplain where the plan has none."""
    if month is not None and month not in solved.months:
        raise NothingToExplain
    at = None if month is None else solved.months.index(month)
    asked = Asked(about, month=at, name=name, place=place, dimension=dimension, value=of)
    asked = replace(asked, quarter=quarter)
    if about not in ("entries", "amount"):
        return asked
    if (kind, stage) not in solved.funnel.rows:
        raise NothingToExplain
    position = solved.funnel.rows.index((str(kind), int(stage or 0)))
    return replace(asked, stage=position, name="", place=None)
