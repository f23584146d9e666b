"""The rows of a solved plan's requirements, with what those who enter are like."""

from typing import Any

import numpy as np

from planning.assumptions import success_of
from planning.models import Requirement
from planning.solving import SolvedPlan


def requirement_rows(solved: SolvedPlan) -> list[Requirement]:
    """Not saved, in funnel order and month by month."""
    published = {(row["kind"], row["stage"]): row for row in solved.estimate.payload["stages"]}
    return [
        _requirement(solved, row, published[solved.funnel.rows[row.stage]])
        for row in solved.laid_out.rows()
    ]


def _requirement(solved: SolvedPlan, row: Any, published: dict[str, Any]) -> Requirement:
    kind, stage = solved.funnel.rows[row.stage]
    is_deal = kind == "opportunity"
    of_history = success_of(solved.funnel, row.stage, published["success"]["rate"])
    return Requirement(
        plan=solved.plan,
        month=solved.months[row.month],
        lifecycle_stage_id=None if is_deal else stage,
        pipeline_stage_id=stage if is_deal else None,
        position=row.stage,
        name=published["name"],
        part=published["part"],
        entries=row.entries,
        from_pipeline=row.from_pipeline,
        new=row.new,
        low80=row.low80,
        high80=row.high80,
        mean_amount=_mean_amount(solved, row.stage, row.month),
        success=_success(solved, row.stage, row.month, of_history),
    )


def _mean_amount(solved: SolvedPlan, stage: int, month: int) -> float | None:
    amount = float(solved.quality.mean_amount[stage, month])
    return amount if np.isfinite(amount) and solved.funnel.law.money_unit else None


def _success(solved: SolvedPlan, stage: int, month: int, of_all: float | None) -> float | None:
    """The rate of all leads, moved as far as the channels of the month differ from them."""
    usual = float(solved.funnel.law.success[stage])
    if of_all is None or not usual:
        return of_all
    return min(of_all * float(solved.quality.success[stage, month]) / usual, 1.0)
