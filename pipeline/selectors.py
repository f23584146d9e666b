"""Shaped reads of estimates: what pages, API and commands show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from math import ceil, isfinite
from typing import Any

import numpy as np
from django.db.models import OuterRef, Subquery
from numpy.typing import NDArray

from core import clock
from pipeline.estimation import age_bin, age_bin_of
from pipeline.estimation.arrays import Floats
from pipeline.estimation.dwell import quantile_of_rise
from pipeline.models import Estimate, Opportunity, Pipeline

DAY_SECONDS = 86_400
# Chances by segment older than this are those of another month's people and campaigns.
FRESH = timedelta(days=7)
# With fewer stays that have ended nobody can say what is usual in a stage.
ENOUGH_ENDED = 10


@dataclass(frozen=True)
class UsualDwell:
    """Whole days, rounded up, by which a share of the deals that ever leave a stage have left it.

    Those that never leave have no dwell, and would put off the day by which the others are gone.
    """

    half: int
    three_of_four: int
    nine_of_ten: int


@dataclass(frozen=True)
class WinTable:
    """P(won | stage, age bin) of an estimate, by pipeline stage id, and the usual dwell there.

    ``rows`` are in the order of the pipeline; ``usual`` names only stages that enough deals left.
    Where chances by a field have been better than those of all, ``parts`` are the tables by value
    of the attribute ``split_by`` of a deal, and ``levels`` {field: {value: how many times as often
    such deals are won}}, ``names`` likewise what they are called.
    """

    rows: dict[int, int]
    table: NDArray[np.float64]
    bins_seen: NDArray[np.int64]
    usual: Mapping[int, UsualDwell] = field(default_factory=dict)
    split_by: str = ""
    parts: Mapping[Any, "WinTable"] = field(default_factory=dict)
    levels: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    names: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)

    def of(self, deal: Opportunity) -> "WinTable":
        """The table of the deal's segment; this one where it has none."""
        value = getattr(deal, self.split_by) if self.split_by else None
        return self.of_segment(value, deal.stage_id)

    def of_segment(self, value: Any, stage: int) -> "WinTable":
        """The table of deals in ``stage`` that have ``value`` in the field ``split_by``."""
        if not self.split_by:
            return self
        part = self.parts.get(value or None, self)
        # A stage may be younger than the rates by segment.
        return part if stage in part.rows else self

    @property
    def overall(self) -> float | None:
        """Chance of a deal that begins: fresh in the first stage; ``None`` where unknown."""
        return self.probability(next(iter(self.rows)), 0.0) if self.rows else None

    def probability(self, stage: int, days: float) -> float | None:
        """Chance of a deal that has been in ``stage`` for ``days``; ``None`` where unknown."""
        row = self.rows.get(stage)
        if row is None:
            return None
        chance = float(self.table[row, age_bin_of(days)])
        return chance if isfinite(chance) else None

    def probabilities(self, stage: int, days: Floats) -> Floats:
        """Those of many deals in ``stage``; NaN where unknown, as where ``days`` are NaN."""
        row = self.rows.get(stage)
        if row is None:
            return np.full(len(days), np.nan)
        found: Floats = self.table[row, age_bin(np.nan_to_num(days))]
        return np.where(np.isfinite(found) & ~np.isnan(days), found, np.nan)

    def is_carried(self, stage: int, days: float) -> bool:
        """Whether the deal is older than any that was seen, its chance the last known one."""
        row = self.rows.get(stage)
        return row is not None and bool(age_bin_of(days) >= self.bins_seen[row])


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
    tables = win_tables(found)
    return {deal.pk: chance_of(deal, tables[deal.pipeline_id], at=at) for deal in found}


def win_tables(deals: Iterable[Opportunity]) -> dict[int, WinTable | None]:
    """The latest table of each pipeline that ``deals`` are in; one query per pipeline."""
    return {pk: win_table_of(pk) for pk in {deal.pipeline_id for deal in deals}}


def chance_of(deal: Opportunity, table: WinTable | None, *, at: datetime) -> float | None:
    """Chance of one deal by ``table``; won is 1, lost is 0, ``None`` where nobody can know."""
    if deal.stage.is_won or deal.stage.is_lost:
        return float(deal.stage.is_won)
    days = exact_days(deal, at=at)
    if table is None or days is None:
        return None
    return table.of(deal).probability(deal.stage_id, days)


def exact_days(deal: Opportunity, *, at: datetime) -> float | None:
    """Days since the deal entered its stage; ``None`` where nobody knows when."""
    if deal.stage_entered_at is None:
        return None
    return max((at - deal.stage_entered_at).total_seconds() / DAY_SECONDS, 0.0)


def win_table_of(pipeline_id: int) -> WinTable | None:
    """By the latest rates, with one query where they were read before."""
    whole = Estimate.objects.filter(pipeline=pipeline_id, segment="").newest_first()
    latest = whole.annotate(split=_best_split()).values_list("pk", "computed_at", "split").first()
    return win_table(*latest) if latest else None


@cache
def _best_split() -> Subquery:
    """The rates by segment whose chances gained most, of those that are fresh."""
    fresh = OuterRef("as_of") - FRESH
    splits = Estimate.objects.filter(pipeline=OuterRef("pipeline"), as_of__gte=fresh)
    gained = splits.exclude(segment="").filter(law__nats__gt=0)
    return Subquery(gained.order_by("-law__nats", "-as_of", "-id").values("pk")[:1])


@lru_cache(maxsize=32)
def win_table(estimate_id: int, computed_at: datetime, split_id: int | None = None) -> WinTable:
    """Win probabilities of an estimate; estimates never change, so they may be kept.

    ``computed_at`` tells it from an estimate of the same id in a restored database; ``split_id`` is
    the estimate of segments by which they are split.
    """
    law, published = Estimate.objects.values_list("law", "payload__stages").get(pk=estimate_id)
    whole = WinTable(
        rows=table_rows(law["rows"]),
        table=np.array(law["win_probability"], float),
        bins_seen=np.array(law["bins_seen"], np.int64),
        usual=_usual_dwell(law, published or []),
    )
    return whole if split_id is None else _split_table(whole, split_id)


def _split_table(whole: WinTable, split_id: int) -> WinTable:
    law = Estimate.objects.values_list("law", flat=True).get(pk=split_id)
    attribute = Opportunity._meta.get_field(law["field"]).attname  # type: ignore[union-attr]
    tables = zip(law["values"], law["win_probability"], law["bins_seen"], strict=True)
    parts = {
        value: WinTable(
            table_rows(law["rows"]), np.array(table, float), np.array(seen, np.int64), whole.usual
        )
        for value, table, seen in tables
    }
    levels = {law["field"]: dict(zip(law["values"], law["levels"], strict=True))}
    names = {law["field"]: dict(zip(law["values"], law["names"], strict=True))}
    return replace(whole, split_by=attribute, parts=parts, levels=levels, names=names)


def table_rows(rows: list[tuple[str, int]]) -> dict[int, int]:
    """{stage id: its row among the win probabilities} of the rows of an estimate's law."""
    return {pk: row for row, pk in enumerate(pk for kind, pk in rows if kind == "opportunity")}


def _usual_dwell(law: dict[str, Any], published: list[dict[str, Any]]) -> dict[int, UsualDwell]:
    ended = {
        row["stage"]: row["entered"] - row["open"]
        for row in published
        if row["kind"] == "opportunity"
    }
    curves = zip(law["rows"], law.get("survival", ()), strict=False)
    usual = {
        pk: usual_dwell(np.array(survival, float))
        for (kind, pk), survival in curves
        if kind == "opportunity" and ended.get(pk, 0) >= ENOUGH_ENDED
    }
    return {pk: dwell for pk, dwell in usual.items() if dwell is not None}


def usual_dwell(survival: Floats) -> UsualDwell | None:
    """Dwell of those that leave, of a survival float[A + 1] at the edges of the age bins.

    ``None`` where nobody ever leaves or the survival is not known.
    """
    ended = 1.0 - survival
    if not ended[-1] > 0:
        return None
    days = [quantile_of_rise(ended, share * ended[-1]) for share in (0.5, 0.75, 0.9)]
    # A hair past a whole day is float noise, not another day.
    return UsualDwell(*(ceil(round(day, 6)) for day in days if day is not None))
