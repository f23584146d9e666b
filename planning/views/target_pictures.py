"""A target in parts as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from planning.forms.targets import TypedPart, TypedTargets
from planning.models import Plan
from planning.segments import IN_TIME, NOTHING_SAID, Dimension
from planning.targets import MONTHS_OF_QUARTER, Candidate, candidates, stored_parts, visible_parts


@dataclass(frozen=True)
class PartRow:
    """``stored`` is what is saved where that differs from what is typed after a conflict;
    ``expected``: of a month or quarter what the last solve brings, which ``cell`` explains."""

    candidate: Candidate
    typed: TypedPart
    stored: Decimal | None = None
    expected: float | None = None
    cell: str = ""


@dataclass(frozen=True)
class TargetPicture:
    """One dimension of a plan's target; ``elsewhere`` is what teams out of sight have."""

    plan: Plan
    dimension: str
    rows: Sequence[PartRow]
    typed: TypedTargets
    elsewhere: Decimal
    is_split: bool

    @property
    def to_hand_out(self) -> Decimal:
        return self.plan.target - self.elsewhere

    @property
    def is_possible(self) -> bool:
        """Whether months show what is expected, or only what the target would take."""
        found = self.plan.solution or {}
        return bool(found.get("is_reached", found.get("code") in ("reachable", "tight")))

    @property
    def missing(self) -> Decimal:
        return self.to_hand_out - self.typed.total

    @property
    def too_much(self) -> Decimal:
        return -self.missing

    @property
    def last_year(self) -> Decimal | None:
        known = [row.candidate.last_year for row in self.rows]
        return None if None in known else sum((x for x in known if x), Decimal(0))

    @property
    def chart(self) -> dict[str, Any]:
        return {
            "labels": [row.candidate.name for row in self.rows],
            "parts": [float(row.typed.amount or 0) for row in self.rows],
            "last_year": [float(row.candidate.last_year or 0) for row in self.rows]
            if self.last_year
            else [],
            "upright": self.dimension in IN_TIME,
            "words": {"parts": _("target"), "last_year": _("won in the last year")},
        }


def target_picture(
    plan: Plan, dimension: str, user: User, typed: TypedTargets | None = None, *, late: bool = False
) -> TargetPicture:
    """As stored, or as ``typed``; ``late`` says that others saved while that was being typed."""
    stored = visible_parts(dimension, stored_parts(plan, dimension), user)
    shown = typed or TypedTargets.of_amounts(stored.parts)
    expected = _expected(plan, dimension)
    rows = [
        PartRow(
            c,
            shown.part(c.value),
            _meanwhile(stored.parts, shown.part(c.value), late),
            *expected.get(c.value, (None, "")),
        )
        for c in candidates(plan, dimension, user)
    ]
    return TargetPicture(plan, dimension, rows, shown, stored.elsewhere, bool(stored.parts))


def _expected(plan: Plan, dimension: str) -> dict[str, tuple[float, str]]:
    """By month or quarter: what the last solve expects of it, and the number that explains it."""
    revenue = [month["revenue"] for month in (plan.solution or {}).get("months", [])]
    if not revenue or dimension not in IN_TIME:
        return {}
    if dimension == Dimension.MONTH:
        return {str(m + 1): (each, f"revenue-{m}") for m, each in enumerate(revenue)}
    size = MONTHS_OF_QUARTER
    return {
        str(q + 1): (sum(revenue[q * size :][:size]), f"revenue-q{q + 1}")
        for q in range(len(revenue) // size)
    }


def _meanwhile(stored: dict[str, Decimal], typed: TypedPart, late: bool) -> Decimal | None:
    amount = stored.get(typed.value)
    return amount if late and amount != typed.amount else None


def weights_of(picture: TargetPicture, how: str) -> dict[str, Decimal] | None:
    """By what the target is handed out: the last year, evenly, or in proportion to what is typed.

    None where nothing is known to go by.
    """
    if how == "history":
        found = {row.candidate.value: row.candidate.last_year or Decimal(0) for row in picture.rows}
    elif how == "rest":
        found = picture.typed.amounts
    else:
        named = [row.candidate.value for row in picture.rows]
        found = {value: Decimal(1) for value in named if value != NOTHING_SAID}
    found = {value: weight for value, weight in found.items() if weight or how != "history"}
    return found if any(found.values()) else None
