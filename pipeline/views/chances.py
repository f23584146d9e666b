"""Why a deal has the chance it has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.models import Opportunity
from pipeline.selectors import latest_estimate


@dataclass(frozen=True)
class Chance:
    """Probability of a deal with what it rests on.

    ``success`` is the stage's own rate with its band, ``n`` the deals it was learned from; both
    are empty for a closed deal and before the first estimate.
    """

    probability: float | None
    days: int | None
    success: dict[str, Any] | None
    n: float | None
    as_of: datetime | None


def chance_of(deal: Opportunity, probability: float | None, *, at: datetime) -> Chance:
    days = deal.days_in_stage(at=at)
    estimate = latest_estimate(deal.pipeline) if deal.stage.is_open else None
    if estimate is None:
        return Chance(probability, days, None, None, None)
    row = stage_row(estimate.payload, deal.stage_id)
    success = row["success"] if row else None
    n = row["promotion"]["n_eff"] if row else None
    return Chance(probability, days, success, n, estimate.as_of)


def stage_row(payload: dict[str, Any], stage: int) -> dict[str, Any] | None:
    """The row of a pipeline stage in an estimate."""
    for row in payload["stages"]:
        if row["kind"] == "opportunity" and row["stage"] == stage:
            return dict(row)
    return None
