"""What one part of a plan must do, as the page of its targets shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.templatetags.figures import percent, short_money
from core.vocabulary import label
from planning.models import Plan
from planning.part_mix import mix_sentence, source_mix
from planning.part_words import part_sentences
from planning.requirement_parts import DividedStage, divided, divided_wins
from planning.segments import SEGMENTS, WON
from planning.selectors import month_labels
from planning.shares import Shares, shares_of
from planning.views.pictures import HEATS


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
