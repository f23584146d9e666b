"""How the deals of a team, source, region or product differ from all: larger, or won more often.

Read from the rates by segment that knew no more than the estimate a plan is solved from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.models import Estimate
from planning.engine.credibility import credible_ratios
from planning.segments import SEGMENTS, value_of

Row = tuple[str, int]
Document = dict[str, Any]


@dataclass(frozen=True)
class Ratio:
    """A part's figure over the whole's; the whole's own where too little is known of the part.

    ``n``: the wins, or stays, that it rests on. Of a stage ``rate`` is what the estimate has of the
    part there, and ``larger`` how many times as large those who enter are, beside their wins.
    """

    times: float = 1.0
    is_own: bool = False
    n: float = 0.0
    rate: Document | None = None
    larger: float = 1.0


THE_WHOLES = Ratio()


@dataclass(frozen=True)
class OwnRates:
    """Mean amounts per win by value, and success by stage and value. ``about``: the estimate that
    they are read from, as its document has it, None where rates were never split this way."""

    about: Document | None = None
    amounts: Mapping[str, Ratio] = field(default_factory=dict)
    successes: Mapping[Row, Mapping[str, Ratio]] = field(default_factory=dict)

    def amount(self, value: str) -> Ratio:
        return self.amounts.get(value, THE_WHOLES)

    def success(self, row: Row, value: str) -> Ratio:
        """Of won deals one. A stage of customers where only deals are split, by product, has the
        ratio of a deal's first stage: how many of them are handed over is alike for all."""
        kind, _pk = row
        if kind == "customer" and row not in self.successes:
            first = next((each for each in self.successes if each[0] == "opportunity"), row)
            return replace(self.success(first, value), rate=None) if first != row else THE_WHOLES
        return self.successes.get(row, {}).get(value, THE_WHOLES)

    def size(self, row: Row, value: str) -> float:
        """The mean amount of those who enter a stage over the whole's."""
        return self.amount(value).times * self.success(row, value).larger


def own_rates(estimate: Estimate | None, dimension: str, found: Document) -> OwnRates:
    """Of the rates by segment that a plan with solution ``found`` was solved with: none where none
    were known then; of a plan solved before they were kept, the newest that knew no more than its
    ``estimate``. Two queries; one more for plans whose rates by segment are gone."""
    split = None if estimate is None else _split(estimate, dimension, found)
    if estimate is None or split is None or split.payload.get("refused"):
        return OwnRates()
    cv = Estimate.objects.values_list("law__amount_cv", flat=True).get(pk=estimate.pk)
    payload = split.payload
    values = [value_of(row["values"][0]) for row in payload["segments"]]
    about = {name: payload.get(name) for name in ("fields", "one_in", "customers_one_in")}
    about |= {"pipeline": split.pipeline_id, "as_of": split.as_of.isoformat()}
    return OwnRates(about, _amounts(payload, values, cv or 0.0), _successes(payload, values))


def _split(estimate: Estimate, dimension: str, found: Document) -> Estimate | None:
    kept = found.get("part_estimates")
    if kept is not None and dimension not in kept:
        return None
    rows = Estimate.objects.defer("law").filter(
        pipeline=estimate.pipeline_id, segment=dimension, as_of__lte=estimate.as_of
    )
    by_id = rows.filter(pk=kept[dimension]).first() if kept else None
    return by_id or rows.newest_first().first()


def part_estimates(estimate: Estimate) -> dict[str, int]:
    """The newest rates by each dimension that knew no more than ``estimate``. One query."""
    rows = Estimate.objects.filter(
        pipeline=estimate.pipeline_id, segment__in=SEGMENTS, as_of__lte=estimate.as_of
    )
    newest_last = reversed(rows.newest_first().values_list("segment", "pk"))
    return dict(newest_last)


def _amounts(payload: Document, values: Iterable[str], cv: float) -> dict[str, Ratio]:
    whole, segments = payload["amount_per_win"], payload["segments"]
    if not whole:
        return {}
    amounts = [row["amount_per_win"] for row in segments]
    ratio = np.array([np.nan if amount is None else amount / whole for amount in amounts], float)
    wins = np.array([row["wins"] for row in segments], float)
    times = credible_ratios(ratio, wins, cv)
    return {
        value: Ratio(float(t), is_own=True, n=float(n)) if np.isfinite(t) and t > 0 else Ratio(n=n)
        for value, t, n in zip(values, times, wins.tolist(), strict=True)
    }


def _successes(payload: Document, values: list[str]) -> dict[Row, dict[str, Ratio]]:
    return {
        (stage["kind"], stage["stage"]): {
            value: _success(stage, own)
            for value, own in zip(values, stage["segments"], strict=True)
        }
        for stage in payload["stages"]
    }


def _success(stage: Document, own: Document) -> Ratio:
    whole, rate = stage["success"]["rate"], own["success"]["rate"]
    n = own["promotion"]["n_eff"] or 0.0
    if not whole or not rate or own["success"]["pooled"] or own["success"]["low80"] is None:
        return Ratio(n=n)
    about = {name: stage[name] for name in ("kind", "stage", "name", "part")}
    times = rate / whole
    return Ratio(times, is_own=True, n=n, rate=about | own, larger=_larger(stage, own, times))


def _larger(stage: Document, own: Document, times: float) -> float:
    """Large deals are won less often than small ones: of entries the amount is that of wins, times
    the share of them that is won over the share of their money."""
    whole, money = stage["success"].get("value_rate"), own["success"].get("value_rate")
    if not whole or not money or own["success"].get("value_pooled"):
        return 1.0
    return times * float(whole) / float(money)
