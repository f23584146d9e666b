"""What the deals that are open now will still bring, from an estimate."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from core import clock
from pipeline.models import Estimate, Opportunity, Pipeline
from planning.engine import Expectation, OpenStays, PlanWindow
from planning.engine import forecast as forecast_open_stays
from planning.funnel_law import KnownFunnel, known_funnel
from planning.solving import following_months

MOST_MONTHS = 60


def forecast_document(
    estimate: Estimate, *, months: int = 12, seen_by: User | None = None
) -> dict[str, Any]:
    """The documented shape of a forecast, in the pipeline's own currency.

    ``months`` from the month of the as-of date on; totals to the end of the last of them. Of the
    whole company's deals, or of those alone that ``seen_by`` may see: at the company's rates, as
    those are for all to read.
    """
    funnel = known_funnel(estimate, currency=estimate.pipeline.currency)
    window = PlanWindow.from_as_of(funnel.as_of, months)
    seen = _visible(estimate.pipeline, seen_by) if seen_by and not seen_by.is_admin else None
    stays = _deals(funnel, seen)
    found = forecast_open_stays(funnel.law, stays, window, dispersion=funnel.law.shock_sd)
    days = following_months(funnel.as_of.replace(day=1), months)
    rows = zip(days, _bands(found.wins, "wins"), _bands(found.value, "value"), strict=True)
    names = {(row["kind"], row["stage"]): row["name"] for row in estimate.payload["stages"]}
    return {
        "pipeline": estimate.pipeline_id,
        "as_of": estimate.as_of.astimezone(clock.company_zone()).isoformat(),
        "currency": estimate.pipeline.currency,
        "months": [{"month": day.isoformat(), **wins, **value} for day, wins, value in rows],
        "stages": [
            {
                "stage": stage,
                "name": names[kind, stage],
                "open": int(found.stage_open[i]),
                "wins": float(found.stage_wins[i]),
                "value": float(found.stage_value[i]),
            }
            for i, (kind, stage) in enumerate(funnel.rows)
            if kind == "opportunity"
        ],
        **_bands(found.total_wins, "wins")[0],
        **_bands(found.total_value, "value")[0],
    }


def _deals(funnel: KnownFunnel, seen: NDArray[np.int64] | None) -> OpenStays:
    """The open deals alone, without customers who have no deal yet; of them those ``seen``."""
    is_deal = np.array([kind == "opportunity" for kind, _stage in funnel.rows])
    stays = funnel.open_stays
    kept = is_deal[stays.stage]
    if seen is not None:
        kept &= np.isin(funnel.subject, seen)
    return OpenStays(stays.stage[kept], stays.age_days[kept], stays.amount[kept])


def _visible(pipeline: Pipeline, user: User) -> NDArray[np.int64]:
    """int64[n]: the ids of the deals that ``user`` may see."""
    deals = Opportunity.objects.visible_to(user).filter(pipeline=pipeline)
    return np.fromiter(deals.values_list("pk", flat=True).iterator(), np.int64)


def _bands(found: Expectation, name: str) -> list[dict[str, float]]:
    columns = zip(found.mean, found.low80, found.high80, strict=True)
    return [
        {name: float(mean), f"{name}_low80": float(low), f"{name}_high80": float(high)}
        for mean, low, high in columns
    ]
