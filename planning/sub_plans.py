"""The four sub-plans of a plan: what each must bring by month, and of what quality it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from core.vocabulary import label
from crm.models import PlanPart
from pipeline.models import Estimate
from planning.models import Plan, Requirement
from planning.rounding import largest_remainder, split_wholes
from planning.selectors import is_over
from planning.sub_plan_words import part_title, sub_plan_sentences

Document = dict[str, Any]


@dataclass(frozen=True)
class StageMonths:
    """A stage by month: ``entries`` as displayed are ``already``, entered before or from what is
    open, and ``new``. ``rate`` is the published success rate with its band and n."""

    name: str
    position: int
    rows: Sequence[Requirement]
    rate: Document | None

    @cached_property
    def entries(self) -> list[int]:
        return largest_remainder([row.entries for row in self.rows])

    @cached_property
    def already(self) -> list[int]:
        return split_wholes([row.from_pipeline for row in self.rows], self.entries)

    @property
    def new(self) -> list[int]:
        return [n - already for n, already in zip(self.entries, self.already, strict=True)]

    @property
    def low80(self) -> list[float]:
        return [row.low80 for row in self.rows]

    @property
    def high80(self) -> list[float]:
        return [row.high80 for row in self.rows]

    @property
    def amounts(self) -> list[float | None]:
        return [row.mean_amount for row in self.rows]

    @property
    def success(self) -> list[float | None]:
        return [row.success for row in self.rows]

    @property
    def total(self) -> int:
        return sum(self.entries)

    @cached_property
    def mean_amount(self) -> float | None:
        return self._mean(self.amounts)

    @cached_property
    def mean_success(self) -> float | None:
        return self._mean(self.success)

    def _mean(self, values: Sequence[float | None]) -> float | None:
        """Over the entries of the year, as far as it is known of them."""
        known = [
            (row.entries, value)
            for row, value in zip(self.rows, values, strict=True)
            if value is not None and row.entries
        ]
        size = sum(n for n, _value in known)
        return sum(n * value for n, value in known) / size if size else None


@dataclass(frozen=True)
class SubPlan:
    """``wins`` by month as displayed, of the last part only."""

    part: str
    title: str
    stages: Sequence[StageMonths]
    sentences: Sequence[str]
    wins: Sequence[int] | None

    @property
    def total_wins(self) -> int:
        return sum(self.wins or ())


def sub_plans(
    plan: Plan, found: Document, rows: Iterable[Requirement], estimate: Estimate | None
) -> list[SubPlan]:
    """Those parts that have stages, in the order in which customers pass them."""
    rates = _published(estimate)
    ordered = sorted(rows, key=lambda row: (row.position, row.month))
    stages = [
        _stage(list(each), rates)
        for _position, each in groupby(ordered, key=lambda row: row.position)
    ]
    over = is_over(plan, estimate)
    months = found.get("months", [])
    wins = largest_remainder([month["wins"] + month.get("won_so_far", 0.0) for month in months])
    parts = [part for part in PlanPart if any(_part(stage) == part for stage in stages)]
    return [
        SubPlan(
            part=part,
            title=part_title(part),
            stages=own,
            sentences=sub_plan_sentences(
                plan, found, own, wins if part == parts[-1] else None, is_over=over
            ),
            wins=wins if part == parts[-1] else None,
        )
        for part in parts
        if (own := [stage for stage in stages if _part(stage) == part])
    ]


def _stage(rows: Sequence[Requirement], rates: dict[Any, Document]) -> StageMonths:
    first = rows[0]
    return StageMonths(
        label(first.name), first.position, rows, rates.get((first.kind, first.stage))
    )


def _part(stage: StageMonths) -> str:
    return stage.rows[0].part


def _published(estimate: Estimate | None) -> dict[Any, Document]:
    """Success rates that are known, with their n, by kind and stage."""
    return {
        (row["kind"], row["stage"]): row["success"] | {"n": row["promotion"]["n_eff"]}
        for row in (estimate.payload["stages"] if estimate else [])
        if row["success"]["rate"] is not None
    }
