"""What the deals that are open now will still bring, from an estimate."""

from typing import Any

import numpy as np

from accounts.models import User
from core import clock
from pipeline.among import Among
from pipeline.counting import open_deals
from pipeline.models import Estimate, Opportunity
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
    if seen_by is None or seen_by.is_admin:
        stays = _deals(funnel)
    else:
        stays = _deals_seen_by(seen_by, funnel, estimate)
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


def _deals(funnel: KnownFunnel) -> OpenStays:
    """The open deals alone, without customers who have no deal yet."""
    is_deal = np.array([kind == "opportunity" for kind, _stage in funnel.rows])
    return funnel.open_stays.at_rows(is_deal[funnel.open_stays.stage])


def _deals_seen_by(user: User, funnel: KnownFunnel, estimate: Estimate) -> OpenStays:
    """The deals open at the as-of date that ``user`` may see."""
    place = {pk: i for i, (kind, pk) in enumerate(funnel.rows) if kind == "opportunity"}
    deals = Opportunity.objects.visible_to(user).filter(pipeline=estimate.pipeline)
    visible = Among(ids=deals.order_by().values_list("pk", flat=True))
    found = open_deals(estimate.pipeline, as_of=estimate.as_of, among=visible)
    stage = np.array([place[row.pk] for row in found.rows if row.pk in place], np.int64)
    return OpenStays(stage[found.stage], found.age_days, found.amount)


def _bands(found: Expectation, name: str) -> list[dict[str, float]]:
    columns = zip(found.mean, found.low80, found.high80, strict=True)
    return [
        {name: float(mean), f"{name}_low80": float(low), f"{name}_high80": float(high)}
        for mean, low, high in columns
    ]
