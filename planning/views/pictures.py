"""A solved plan as its page shows it: verdict, funnel bars, requirement table, chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from pipeline.models import Estimate
from planning.models import Plan, Requirement
from planning.selectors import month_labels, verdict_text
from planning.solving import SolvedPlan
from planning.views.rounding import largest_remainder

# Steps of the heat shading.
HEATS = 6
BAR_WIDTH = 100.0
ICONS = {
    "covered": "circle-check",
    "reachable": "circle-check",
    "tight": "alert-triangle",
    "unreachable": "circle-x",
    "too_little_history": "info-circle",
}


@dataclass(frozen=True)
class Cell:
    """A month of a row: ``count`` as displayed, ``heat`` 0 to HEATS - 1, ``row`` unrounded."""

    key: str
    count: int
    heat: int
    row: Requirement | None = None


@dataclass(frozen=True)
class StageRow:
    """A stage over the year; ``total`` is the sum of the cells as displayed."""

    name: str
    part: str
    cells: list[Cell]
    total: int


@dataclass(frozen=True)
class Bar:
    """A stage of the funnel needed: widths in hundredths of the picture's width."""

    name: str
    part: str
    total: int
    open_width: str
    new_x: str
    new_width: str
    from_pipeline: int
    promotion: dict[str, Any] | None


@dataclass(frozen=True)
class PlanPicture:
    code: str
    icon: str
    text: str
    found: dict[str, Any]
    last_lead_month: date | None
    months: list[str]
    rows: list[StageRow]
    bars: list[Bar]
    chart: dict[str, Any]
    estimate: Estimate | None
    is_newest: bool

    @property
    def has_requirements(self) -> bool:
        return any(row.total for row in self.rows[:-1])


def saved_picture(plan: Plan, newest: Estimate | None) -> PlanPicture:
    """The plan as it was solved last."""
    rows = plan.requirements.all()
    return _picture(plan, plan.solution or {}, rows, plan.estimate, newest)


def preview_picture(plan: Plan, solved: SolvedPlan) -> PlanPicture:
    """The plan as it would be if it were saved."""
    estimate = solved.estimate
    return _picture(plan, solved.document(), solved.requirements(), estimate, estimate)


def _picture(
    plan: Plan,
    found: dict[str, Any],
    requirements: Iterable[Requirement],
    estimate: Estimate | None,
    newest: Estimate | None,
) -> PlanPicture:
    by_stage = _by_stage(requirements)
    code = _code(found)
    last = found.get("last_lead_month")
    return PlanPicture(
        code=code,
        icon=ICONS[code],
        text=verdict_text(plan, found),
        found=found,
        last_lead_month=date.fromisoformat(last) if last else None,
        months=month_labels(plan),
        rows=[*(_stage_row(rows) for rows in by_stage), _won_row(found)],
        bars=_bars(by_stage, sum(month["wins"] for month in found.get("months", [])), estimate),
        chart=_chart(plan, found),
        estimate=estimate,
        is_newest=estimate == newest,
    )


def _code(found: dict[str, Any]) -> str:
    code = str(found.get("code", "too_little_history"))
    is_covered = code in ("reachable", "tight") and not found["leads"]
    return "covered" if is_covered else code


def _by_stage(requirements: Iterable[Requirement]) -> list[list[Requirement]]:
    ordered = sorted(requirements, key=lambda row: (row.position, row.month))
    return [list(rows) for _position, rows in groupby(ordered, key=lambda row: row.position)]


def _stage_row(rows: Sequence[Requirement]) -> StageRow:
    cells = _cells(f"s{rows[0].position}", [row.entries for row in rows], rows)
    return StageRow(rows[0].name, rows[0].part, cells, sum(cell.count for cell in cells))


def _won_row(found: dict[str, Any]) -> StageRow:
    cells = _cells("won", [month["wins"] for month in found.get("months", [])])
    return StageRow(_("Won"), "won", cells, sum(cell.count for cell in cells))


def _cells(
    key: str, values: Sequence[float], rows: Sequence[Requirement] | None = None
) -> list[Cell]:
    top = max(values, default=0) or 1
    counts = largest_remainder(values)
    return [
        Cell(
            f"{key}-{i}",
            counts[i],
            min(int(HEATS * value / top), HEATS - 1),
            rows[i] if rows else None,
        )
        for i, value in enumerate(values)
    ]


def _bars(by_stage: list[list[Requirement]], wins: float, estimate: Estimate | None) -> list[Bar]:
    published = estimate.payload["stages"] if estimate else []
    rates = {(row["kind"], row["stage"]): row["promotion"] for row in published}
    totals = [sum(row.entries for row in rows) for rows in by_stage]
    scale = BAR_WIDTH / (max(totals, default=0) or 1)
    bars = [
        _bar(rows, total, scale, rates.get((rows[0].kind, rows[0].stage)))
        for rows, total in zip(by_stage, totals, strict=True)
    ]
    width = f"{min(wins * scale, BAR_WIDTH):.3f}"
    return [*bars, Bar(_("Won"), "won", round(wins), "0", "0", width, 0, None)]


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


def _chart(plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    """Series of the revenue chart, and its words in the reader's language."""
    months = found.get("months", [])
    names = ("low80", "high80", "certain", "from_pipeline", "new", "revenue")
    return {
        "labels": month_labels(plan),
        "currency": plan.currency,
        "target": float(plan.target) / 12,
        **{name: [month[name] for month in months] for name in names},
        "words": {
            "certain": _("won already"),
            "from_pipeline": _("from the open pipeline"),
            "new": _("from new leads"),
            "band": _("80 % band"),
            "target": _("a twelfth of the target"),
            "total": _("expected"),
        },
    }
