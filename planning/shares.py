"""How the requirements of a plan are divided among teams, sources, regions or products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import User
from pipeline.models import Estimate
from planning.bought import Bought
from planning.engine.allocation import MILLION, divide, divide_table
from planning.engine.law import Floats, Ints
from planning.models import Plan
from planning.own_rates import OwnRates, Ratio, Row, own_rates
from planning.rounding import CENT
from planning.segments import (
    NOTHING_SAID,
    SEGMENTS,
    WON,
    Dimension,
    entries_last_year,
    may_plan,
    names_of,
)
from planning.targets import all_parts, stored_parts

ELSEWHERE = "elsewhere"
"""Stands for all the teams together that somebody does not plan."""

Basis = Literal["target", "entries", "channels"]
Weights = Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Shares:
    """How the stages of a plan are divided among P parts.

    ``members``: the values that each part stands for, one but of those out of sight. ``target``:
    cents of the target by value, empty where it is not split so. ``entries``: of the last year,
    by stage as (kind, id) or WON and by value, and ``overall`` of all stages. ``own``: how each
    value differs from the whole; ``bought``: what channels bring of each source.
    """

    dimension: str
    values: tuple[str, ...]
    names: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    target: Weights
    entries: Mapping[Row, Weights]
    overall: Weights
    own: OwnRates
    bought: Bought | None

    @property
    def basis(self) -> Basis:
        """What decides: the channels that the plan buys, the parts of the target by their own
        amounts and rates, or the last year's entries."""
        if self.bought is not None:
            return "channels"
        return "target" if self.target else "entries"

    @property
    def by_target(self) -> bool:
        return self.basis == "target"

    def of(self, row: Row) -> tuple[int, ...]:
        """Whole weights [P]."""
        return self._of(row).parts

    def exact(self, row: Row) -> Floats:
        """float[P], of 1; alike where nothing is known."""
        weights = np.array(self.of(row), float)
        return weights / weights.sum() if weights.any() else np.full(len(weights), 1 / len(weights))

    def _of(self, row: Row) -> "_Weighed":
        """Asked for each part again and again, of which there may be hundreds."""
        if row not in self._weighed:
            weights = self._weights(row)
            parts = tuple(sum(weights.get(value, 0) for value in part) for part in self.members)
            successes = tuple(
                _mean([(self.own.success(row, v), weights.get(v, 0)) for v in part])
                for part in self.members
            )
            self._weighed[row] = _Weighed(weights, parts, successes)
        return self._weighed[row]

    @cached_property
    def _weighed(self) -> dict[Row, "_Weighed"]:
        return {}

    def _weights(self, row: Row) -> Weights:
        if not self.by_target:
            return self.entries.get(row, self.overall)
        return {
            value: round(cents * MILLION / self._worth(row, value)) if cents else 0
            for value, cents in self.target.items()
        }

    def _worth(self, row: Row, value: str) -> float:
        """What one who enters brings of a value, over what one of the whole does."""
        return self.own.amount(value).times * self.own.success(row, value).times

    def needed(self, row: Row) -> Floats | None:
        """float[P]: what each part needs by its own amounts and rates, over what the plan has of
        the whole. They add up to 1 where the parts are to the plan what they were to the past."""
        if not self.by_target:
            return None
        return np.array(self.of(row), float) / (sum(self.target.values()) * MILLION)

    def bought_of(self, row: Row, months: int) -> Floats | None:
        """float[P, M]: what the channels of each source bring."""
        if self.bought is None:
            return None
        return self.bought.of_members(row, self.members, months)

    def spread(self, row: Row, entries: Sequence[float]) -> Floats:
        """float[P, M]: ``entries`` [M] divided; of sources with channels what these bring, and by
        the last year's entries the rest, who come without one."""
        whole, share = np.array(entries, float), self.exact(row)
        bought = self.bought_of(row, len(whole))
        if bought is None:
            return np.outer(share, whole)
        found = bought + np.outer(share, np.maximum(whole - bought.sum(axis=0), 0.0))
        total = found.sum(axis=0)
        return np.asarray(found * np.where(total > 0, whole / np.where(total > 0, total, 1.0), 0.0))

    def divide(self, row: Row, whole: Sequence[int], entries: Sequence[float]) -> Ints:
        """int[P, M]: ``whole`` numbers [M], which are ``entries`` rounded, divided."""
        if self.bought is None:
            return divide(whole, self.of(row))
        return divide_table(
            whole, np.rint(self.spread(row, entries) * MILLION).astype(int).tolist()
        )

    def amount(self, p: int) -> Ratio:
        """The mean amount of part ``p`` over the whole's."""
        weights = self._of(WON).weights
        return _mean([(self.own.amount(v), weights.get(v, 0)) for v in self.members[p]])

    def success(self, row: Row, p: int) -> Ratio:
        """The success rate of part ``p`` at a stage over the whole's."""
        return self._of(row).successes[p]

    def size(self, row: Row, p: int) -> float:
        """The mean amount of those of part ``p`` who enter a stage, over the whole's."""
        weights, members = self._of(row).weights, self.members[p]
        sizes = [(self.own.size(row, v), weights.get(v, 0)) for v in members]
        total = sum(weight for _size, weight in sizes)
        return sum(size * n for size, n in sizes) / total if total else sizes[0][0]

    def successes(self, row: Row) -> Floats:
        """float[P]"""
        return np.array([ratio.times for ratio in self._of(row).successes])

    def money(self) -> Floats:
        """float[P]: of what wins bring, the part's by its own amounts; of the target its part."""
        amounts = np.array([self.amount(p).times for p in range(len(self.values))])
        worth = self.exact(WON) * amounts
        return np.asarray(worth / worth.sum())

    def cents(self, p: int) -> int:
        """Of the target."""
        return sum(self.target.get(value, 0) for value in self.members[p])


@dataclass(frozen=True)
class _Weighed:
    """The weights of a stage by value and of each part, and the success of each part."""

    weights: Weights
    parts: tuple[int, ...]
    successes: tuple[Ratio, ...]


def _mean(each: Sequence[tuple[Ratio, int]]) -> Ratio:
    """Of several values the mean by their weights, which is known where all of them are."""
    if len(each) == 1:
        return each[0][0]
    weighed = [(ratio, weight) for ratio, weight in each if weight]
    total = sum(weight for _ratio, weight in weighed)
    if not total:
        return Ratio()
    return Ratio(
        sum(ratio.times * weight for ratio, weight in weighed) / total,
        all(ratio.is_own for ratio, _weight in weighed),
        sum(ratio.n for ratio, _weight in weighed),
    )


def shares_of(
    plan: Plan,
    dimension: str,
    user: User,
    *,
    found: Mapping[str, Any] | None = None,
    estimate: Estimate | None = None,
) -> Shares:
    """By the channels of a source, else by the parts of the target, else by the last year.

    ``found`` and ``estimate``: of a plan that is solved as it is typed, else those it was solved
    with last. Teams that ``user`` does not plan are put together. At most eight queries.
    """
    solution = dict(plan.solution or {} if found is None else found)
    parts = stored_parts(plan, dimension)
    bought = Bought.of(solution, dimension)
    target = {value: int(amount / CENT) for value, amount in parts.items() if any(parts.values())}
    last = {} if target and bought is None else entries_last_year(plan, dimension)
    overall = _sum(last.values()) or target or {NOTHING_SAID: 1}
    sources = bought.sources if bought else []
    known = dict.fromkeys([*sources, *target], 0) | overall
    order: Mapping[str, float] = known if bought is None else bought.leads()
    values = _ordered({_seen(v, dimension, user) for v in known}, order)
    named = names_of(dimension, [v for v in values if v != ELSEWHERE])
    return Shares(
        dimension=dimension,
        values=values,
        names=tuple(named[v] if v in named else _("other teams") for v in values),
        members=tuple(
            tuple(v for v in known if _seen(v, dimension, user) == shown) for shown in values
        ),
        target=target,
        entries=last,
        overall=overall,
        own=own_rates(estimate or _estimate_of(plan), dimension, solution),
        bought=bought,
    )


def _estimate_of(plan: Plan) -> Estimate | None:
    """Without its curves and rates, which are many."""
    known = Estimate.objects.only("pipeline_id", "as_of")
    return None if plan.estimate_id is None else known.filter(pk=plan.estimate_id).first()


def divided_by(plan: Plan) -> list[str]:
    """The dimensions by which a solved plan is divided: those of its target, and sources where it
    buys through channels. One query."""
    found = plan.solution or {}
    split = {*all_parts(plan), *([Dimension.SOURCE] if found.get("bought") else [])}
    return [dimension for dimension in SEGMENTS if dimension in split and found]


def _seen(value: str, dimension: str, user: User) -> str:
    return value if may_plan(user, dimension, value) else ELSEWHERE


def _ordered(values: set[str], weights: Mapping[str, float]) -> tuple[str, ...]:
    last = (NOTHING_SAID, ELSEWHERE)
    return tuple(sorted(values, key=lambda v: (v in last, v == ELSEWHERE, -weights.get(v, 0), v)))


def _sum(tables: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for table in tables:
        for value, count in table.items():
            total[value] = total.get(value, 0) + count
    return total
