"""Shaped reads of estimates: what pages, API and commands show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import clock
from pipeline.estimation import age_bin
from pipeline.models import Estimate, Opportunity, Pipeline

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class WinTable:
    """P(won | stage, age bin) of an estimate, by pipeline stage id."""

    rows: dict[int, int]
    table: NDArray[np.float64]
    bins_seen: NDArray[np.int64]

    def probability(self, stage: int, days: float) -> float | None:
        """Chance of a deal that has been in ``stage`` for ``days``; ``None`` where unknown."""
        row = self.rows.get(stage)
        if row is None:
            return None
        chance = float(self.table[row, age_bin(np.array([days]))[0]])
        return chance if np.isfinite(chance) else None

    def is_carried(self, stage: int, days: float) -> bool:
        """Whether the deal is older than any that was seen, its chance the last known one."""
        row = self.rows.get(stage)
        return row is not None and bool(age_bin(np.array([days]))[0] >= self.bins_seen[row])


def latest_estimate(pipeline: Pipeline, *, segment: str = "") -> Estimate | None:
    """The estimate of what is known now."""
    return Estimate.objects.latest_for(pipeline, segment=segment)


def estimate_document(estimate: Estimate) -> dict[str, Any]:
    """The documented shape of an estimate."""
    zone = clock.company_zone()
    return {
        "id": estimate.pk,
        "pipeline": estimate.pipeline_id,
        "as_of": estimate.as_of.astimezone(zone).isoformat(),
        "computed_at": estimate.computed_at.astimezone(zone).isoformat(),
        "method": estimate.method,
        "subjects": estimate.subjects,
        "undated": estimate.undated,
        "currency": estimate.pipeline.currency,
        **estimate.payload,
    }


def win_probabilities(
    deals: Iterable[Opportunity], *, at: datetime | None = None
) -> dict[int, float | None]:
    """Chance of each deal by its stage and its age there; won is 1, lost is 0.

    ``None`` where there is no estimate yet or nobody knows since when the deal is in its stage.
    One query per pipeline, for its latest estimate; deals need their stage loaded.
    """
    at = at or clock.now()
    found = list(deals)
    tables = {pk: _win_table_of(pk) for pk in {deal.pipeline_id for deal in found}}
    return {deal.pk: _chance(deal, tables[deal.pipeline_id], at) for deal in found}


def _chance(deal: Opportunity, table: WinTable | None, at: datetime) -> float | None:
    if deal.stage.is_won or deal.stage.is_lost:
        return float(deal.stage.is_won)
    if table is None or deal.stage_entered_at is None:
        return None
    days = max((at - deal.stage_entered_at).total_seconds() / DAY_SECONDS, 0.0)
    return table.probability(deal.stage_id, days)


def _win_table_of(pipeline_id: int) -> WinTable | None:
    latest = (
        Estimate.objects.filter(pipeline=pipeline_id, segment="")
        .newest_first()
        .values_list("pk", "computed_at")
        .first()
    )
    return win_table(*latest) if latest else None


@lru_cache(maxsize=32)
def win_table(estimate_id: int, computed_at: datetime) -> WinTable:
    """Win probabilities of an estimate; estimates never change, so they may be kept.

    ``computed_at`` tells it from an estimate of the same id in a restored database.
    """
    law = Estimate.objects.values_list("law", flat=True).get(pk=estimate_id)
    stages = [pk for kind, pk in law["rows"] if kind == "opportunity"]
    return WinTable(
        rows={pk: row for row, pk in enumerate(stages)},
        table=np.array(law["win_probability"], float),
        bins_seen=np.array(law["bins_seen"], np.int64),
    )
