"""A solved plan as its page shows it: verdict, funnel bars, requirement table, chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pipeline.models import Estimate
from planning.means_changes import MeansChanges, means_changes
from planning.models import Plan, Requirement
from planning.models.plans import MONTHS
from planning.requirement_rows import requirement_rows
from planning.rounding import largest_remainder, split_money
from planning.selectors import is_over, month_labels, verdict_text
from planning.solving import SolvedPlan, plan_months
from planning.targets import target_by_month
from planning.views.funnel_bars import Bar, funnel_bars
from planning.views.limit_pictures import LimitPicture, limit_picture
from planning.views.part_pictures import PartPicture, part_pictures

# Steps of the heat shading.
HEATS = 6
NOTICEABLE = 1.03
ICONS = {
    "covered": "circle-check",
    "reachable": "circle-check",
    "tight": "alert-triangle",
    "unreachable": "circle-x",
    "too_little_history": "info-circle",
}


@dataclass(frozen=True)
class Cell:
    """A month of a row: ``count`` as displayed, ``heat`` 0 to HEATS - 1, ``row`` unrounded.

    ``leads`` of the first stage are the new leads that the plan asks for, and ``again`` the new
    entries beside them. ``tense`` says whether the month is past, current or ahead.
    """

    key: str
    count: int
    heat: int
    row: Requirement | None = None
    tense: str = "ahead"
    leads: float | None = None
    again: float = 0.0


@dataclass(frozen=True)
class StageRow:
    """A stage over the year; ``total`` is the sum of the cells as displayed."""

    name: str
    part: str
    cells: list[Cell]
    total: int


@dataclass(frozen=True)
class PlanPicture:
    plan: Plan
    code: str
    icon: str
    text: str
    found: dict[str, Any]
    tense: str
    leads: float
    last_lead_month: date | None
    has_later_leads: bool
    months: list[str]
    rows: list[StageRow]
    bars: list[Bar]
    chart: dict[str, Any]
    estimate: Estimate | None
    is_newest: bool
    limits: LimitPicture | None
    parts: list[PartPicture]
    changes: MeansChanges

    @property
    def revenue(self) -> float:
        """The sum of the months' revenue: what the requirements bring."""
        return float(sum(self.chart["revenue"]))

    @property
    def is_reached(self) -> bool:
        """Whether all figures are of one plan, and not some of what the target would take."""
        return bool(self.found.get("is_reached", True))

    @property
    def aims_higher(self) -> bool:
        """Whether the plan brings noticeably more than its target on average, so as to be sure."""
        if self.code not in ("reachable", "tight") or self.plan.confidence <= 50:
            return False
        return float(self.found["expected"]) > NOTICEABLE * float(self.found["target"])

    @property
    def has_requirements(self) -> bool:
        return any(row.total for row in self.rows[:-1])


def saved_picture(plan: Plan, newest: Estimate | None) -> PlanPicture:
    """The plan as it was solved last."""
    rows = plan.requirements.all()
    found = plan.solution or {}
    return _picture(plan, found, rows, plan.estimate, newest, means_changes(plan))


def preview_picture(plan: Plan, solved: SolvedPlan) -> PlanPicture:
    """The plan as it would be if it were saved."""
    estimate = solved.estimate
    rows = requirement_rows(solved)
    return _picture(plan, solved.document(), rows, estimate, estimate, MeansChanges())


def _picture(
    plan: Plan,
    found: dict[str, Any],
    requirements: Iterable[Requirement],
    estimate: Estimate | None,
    newest: Estimate | None,
    changes: MeansChanges,
) -> PlanPicture:
    by_stage = _by_stage(rows := list(requirements))
    code = _code(found)
    months = found.get("months", [])
    tenses = _tenses(plan, estimate)
    leads = [month["new_leads"] for month in months]
    last = found.get("last_lead_month")
    return PlanPicture(
        plan=plan,
        code=code,
        icon=ICONS[code],
        text=verdict_text(plan, found, estimate),
        found=found,
        tense=_tense_of_year(tenses),
        leads=sum(leads),
        last_lead_month=date.fromisoformat(last) if last else None,
        has_later_leads=any(month["new_leads"] > 0.5 and month["month"] > last for month in months)
        if last
        else False,
        months=month_labels(plan),
        rows=[*(_stage_row(rows, tenses, leads) for rows in by_stage), _won_row(months)],
        bars=funnel_bars(plan, by_stage, leads, sum(_wins(months)), estimate),
        chart=_chart(plan, found),
        estimate=estimate,
        is_newest=estimate == newest,
        limits=limit_picture(plan, found, is_over=is_over(plan, estimate)),
        parts=part_pictures(plan, found, rows, estimate, tense=_tense_of_year(tenses)),
        changes=changes,
    )


def _code(found: dict[str, Any]) -> str:
    code = str(found.get("code", "too_little_history"))
    is_covered = code in ("reachable", "tight") and not found["leads"]
    return "covered" if is_covered else code


def _tenses(plan: Plan, estimate: Estimate | None) -> list[str]:
    """past, current or ahead for each month, by the instant that the rates were known."""
    if estimate is None:
        return ["ahead"] * len(plan_months(plan.year))
    today = timezone.localdate(estimate.as_of)
    present = today.replace(day=1)
    return [
        "past" if first < present else "current" if first < today else "ahead"
        for first in plan_months(plan.year)
    ]


def _tense_of_year(tenses: Sequence[str]) -> str:
    return tenses[0] if len(set(tenses)) == 1 else "current"


def _wins(months: Sequence[dict[str, Any]]) -> list[float]:
    """Wins by month: those so far and those to come."""
    return [month["wins"] + month.get("won_so_far", 0.0) for month in months]


def _by_stage(requirements: Iterable[Requirement]) -> list[list[Requirement]]:
    ordered = sorted(requirements, key=lambda row: (row.position, row.month))
    return [list(rows) for _position, rows in groupby(ordered, key=lambda row: row.position)]


def _stage_row(
    rows: Sequence[Requirement], tenses: Sequence[str], leads: Sequence[float]
) -> StageRow:
    cells = _cells(f"s{rows[0].position}", [row.entries for row in rows])
    cells = [replace(cell, row=rows[i], tense=tenses[i]) for i, cell in enumerate(cells)]
    if rows[0].position == 0 and leads:
        cells = [_with_leads(cell, leads[i]) for i, cell in enumerate(cells)]
    return StageRow(rows[0].name, rows[0].part, cells, sum(cell.count for cell in cells))


def _with_leads(cell: Cell, leads: float) -> Cell:
    new = cell.row.new if cell.row else leads
    return replace(cell, leads=leads, again=max(new - leads, 0.0))


def _won_row(months: Sequence[dict[str, Any]]) -> StageRow:
    cells = _cells("won", _wins(months))
    return StageRow(_("Won"), "won", cells, sum(cell.count for cell in cells))


def _cells(key: str, values: Sequence[float]) -> list[Cell]:
    top = max(values, default=0) or 1
    counts = largest_remainder(values)
    return [
        Cell(f"{key}-{i}", counts[i], min(int(HEATS * value / top), HEATS - 1))
        for i, value in enumerate(values)
    ]


def _chart(plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    """Series of the revenue chart, and its words in the reader's language."""
    months = found.get("months", [])
    names = ("low80", "high80", "certain", "from_pipeline", "new", "revenue")
    by_month = target_by_month(plan)
    return {
        "labels": month_labels(plan),
        "currency": plan.currency,
        "target": [float(part) for part in by_month or split_money(plan.target, [1] * MONTHS)],
        **{name: [month[name] for month in months] for name in names},
        "words": {
            "certain": _("won already"),
            "from_pipeline": _("from the open pipeline"),
            "new": _("from new leads"),
            "band": _("80 % band"),
            "target": _("target of the month") if by_month else _("a twelfth of the target"),
            "total": _("expected"),
        },
    }
