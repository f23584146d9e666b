"""A target in parts as its page shows it, and what one part of a plan must do."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.templatetags.figures import percent, short_money
from core.vocabulary import label
from planning.forms.targets import TypedPart, TypedTargets
from planning.models import Plan
from planning.part_mix import mix_sentence, source_mix
from planning.part_words import part_sentences
from planning.requirement_parts import DividedStage, divided, divided_wins
from planning.segments import IN_TIME, NOTHING_SAID, SEGMENTS, WON, Dimension
from planning.selectors import month_labels
from planning.shares import Shares, shares_of
from planning.targets import MONTHS_OF_QUARTER, Candidate, candidates, stored_parts, visible_parts
from planning.views.pictures import HEATS


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


@dataclass(frozen=True)
class NeedCell:
    count: int
    whole: int
    heat: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class NeedFigure:
    """``is_own`` of the part, else that of the whole plan; ``n`` it rests on."""

    text: str
    is_own: bool
    n: float


@dataclass(frozen=True)
class NeedRow:
    """A stage's numbers of one part. ``n``: last year's entries that the share rests on; ``key``:
    what its cells are called when they open, which end with month and part."""

    name: str
    part: str
    part_label: str
    cells: list[NeedCell]
    share: float
    n: int | None
    key: str
    figures: tuple[NeedFigure | None, NeedFigure | None] = (None, None)
    """Mean amount and success rate."""

    @property
    def total(self) -> int:
        return sum(cell.count for cell in self.cells)


@dataclass(frozen=True)
class Needs:
    """What one part of the plan must do; ``choices`` are (value, name) of all parts;
    ``sentences`` say what the division rests on."""

    choices: list[tuple[str, str]]
    value: str
    name: str
    months: list[str]
    rows: list[NeedRow]
    sentences: list[str]


def needs_of(plan: Plan, dimension: str, user: User, value: str | None) -> Needs | None:
    """None where nothing has been solved; the first part where ``value`` is none of them."""
    requirements = list(plan.requirements.filter(segment=""))
    if dimension not in SEGMENTS or not requirements:
        return None
    shares = shares_of(plan, dimension, user)
    p = shares.values.index(value) if value in shares.values else 0
    stages = list(divided(requirements, shares))
    return Needs(
        choices=list(zip(shares.values, shares.names, strict=True)),
        value=shares.values[p],
        name=shares.names[p],
        months=month_labels(plan),
        rows=[*(_row(plan, stage, p) for stage in stages), _won_row(plan, shares, p)],
        sentences=[*part_sentences(shares, stages, p), *_mix(plan, stages, p)],
    )


def _mix(plan: Plan, stages: Sequence[DividedStage], p: int) -> list[str]:
    """Where they come from, at the first stage that can tell: customers have no product."""
    mix, shares = source_mix(plan, stages[0].shares.dimension), stages[0].shares
    first = next((stage for stage in stages if mix and stage.key in mix.counts), stages[0])
    said = mix_sentence(mix, shares, first.key, label(first.rows[0].name), p)
    return [said] if said else []


def _row(plan: Plan, stage: DividedStage, p: int) -> NeedRow:
    shares, first = stage.shares, stage.rows[0]
    return NeedRow(
        first.name,
        first.part,
        first.get_part_display(),
        _cells(stage.rounded[p].tolist(), stage.whole, *stage.band(p)),
        float(stage.share[p]),
        sum(shares.of(stage.key)) if shares.basis == "entries" else None,
        f"part-{shares.dimension}-s{first.position}",
        (_amount(plan, stage, p), _success(stage, p)),
    )


def _amount(plan: Plan, stage: DividedStage, p: int) -> NeedFigure | None:
    mean, ratio = stage.mean(p, stage.amounts(p)), stage.shares.amount(p)
    return NeedFigure(short_money(mean, plan.currency), ratio.is_own, ratio.n) if mean else None


def _success(stage: DividedStage, p: int) -> NeedFigure | None:
    mean, ratio = stage.mean(p, stage.success(p)), stage.shares.success(stage.key, p)
    return NeedFigure(percent(mean, 1), ratio.is_own, ratio.n) if mean else None


def _won_row(plan: Plan, shares: Shares, p: int) -> NeedRow:
    months = (plan.solution or {}).get("months", [])
    wins = [month["wins"] + month.get("won_so_far", 0.0) for month in months]
    whole, rounded = divided_wins(wins, shares)
    spread = shares.spread(WON, wins)
    share = float(spread[p].sum() / spread.sum()) if spread.sum() else float(shares.exact(WON)[p])
    return NeedRow(
        _("Won"),
        "won",
        "",
        _cells(rounded[p].tolist(), whole),
        share,
        sum(shares.of(WON)) if shares.basis == "entries" else None,
        f"part-{shares.dimension}-won",
    )


def _cells(
    counts: list[int], whole: Sequence[int], low: Any = None, high: Any = None
) -> list[NeedCell]:
    top = max(counts, default=0) or 1
    return [
        NeedCell(
            count,
            whole[m],
            min(HEATS * count // top, HEATS - 1),
            None if low is None else float(low[m]),
            None if high is None else float(high[m]),
        )
        for m, count in enumerate(counts)
    ]
