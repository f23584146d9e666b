"""The bars of the funnel that a plan needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from pipeline.models import Estimate
from planning.models import Plan, Requirement
from planning.rounding import largest_remainder

BAR_WIDTH = 100.0


@dataclass(frozen=True)
class Bar:
    """A stage of the funnel needed: widths in hundredths of the picture's width.

    ``leads`` and ``again``, of the first stage only, make up ``total`` with ``from_pipeline``.
    """

    name: str
    part: str
    total: int
    open_width: str
    new_x: str
    new_width: str
    from_pipeline: int
    promotion: dict[str, Any] | None
    leads: int | None = None
    again: int = 0
    assumed: float | None = None


def funnel_bars(
    plan: Plan,
    by_stage: list[list[Requirement]],
    leads: Sequence[float],
    wins: float,
    estimate: Estimate | None,
) -> list[Bar]:
    """One a stage and one of the wins; ``leads`` by month are those of the first stage."""
    published = estimate.payload["stages"] if estimate else []
    rates = {(row["kind"], row["stage"]): row["promotion"] for row in published}
    totals = [sum(row.entries for row in rows) for rows in by_stage]
    scale = BAR_WIDTH / (max(totals, default=0) or 1)
    assumed = {each.row: each.value for each in plan.assumptions.all() if each.row}
    bars = [
        replace(_bar(rows, total, scale, rates.get(place)), assumed=assumed.get(place))
        for rows, total in zip(by_stage, totals, strict=True)
        for place in [(rows[0].kind, rows[0].stage)]
    ]
    bars[:1] = [_bar_of_leads(bar, sum(leads), by_stage[0]) for bar in bars[:1]]
    width = f"{min(wins * scale, BAR_WIDTH):.3f}"
    return [*bars, Bar(_("Won"), "won", round(wins), "0", "0", width, 0, None)]


def _bar_of_leads(bar: Bar, leads: float, rows: Sequence[Requirement]) -> Bar:
    """The first stage's bar with its sum, in parts that add up as displayed."""
    again = max(sum(row.new for row in rows) - leads, 0.0)
    already = sum(row.from_pipeline for row in rows)
    shown = largest_remainder([leads, again, already])
    return replace(bar, leads=shown[0], again=shown[1], from_pipeline=shown[2])


def _bar(
    rows: Sequence[Requirement], total: float, scale: float, rate: dict[str, Any] | None
) -> Bar:
    already = sum(row.from_pipeline for row in rows)
    return Bar(
        name=rows[0].name,
        part=rows[0].part,
        total=round(total),
        open_width=f"{already * scale:.3f}",
        new_x=f"{already * scale:.3f}",
        new_width=f"{max(total - already, 0) * scale:.3f}",
        from_pipeline=round(already),
        promotion=rate if rate and rate["rate"] is not None else None,
    )
