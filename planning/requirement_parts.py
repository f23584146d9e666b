"""What each team or segment must do of a solved plan: its requirements divided, to the customer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import User
from planning.engine.allocation import divide, share_band
from planning.engine.law import Floats, Ints
from planning.models import Plan, Requirement
from planning.rounding import CENT, largest_remainder
from planning.segments import (
    NOTHING_SAID,
    WON,
    Dimension,
    entries_last_year,
    may_plan,
    names_of,
)
from planning.selectors import requirement_document
from planning.targets import stored_parts

ELSEWHERE = "elsewhere"
"""Stands for all the teams together that somebody does not plan."""

Row = tuple[str, int]


@dataclass(frozen=True)
class Shares:
    """How the stages of a plan are divided among P values.

    ``weights``: whole numbers [P] by stage, as (kind, id) or WON; ``overall`` for any other stage.
    ``by_target`` says whether they are the parts of the target, or the entries of the last year.
    """

    dimension: str
    values: tuple[str, ...]
    names: tuple[str, ...]
    weights: Mapping[Row, tuple[int, ...]]
    overall: tuple[int, ...]
    by_target: bool

    def of(self, row: Row) -> tuple[int, ...]:
        return self.weights.get(row, self.overall)

    def exact(self, row: Row) -> Floats:
        """float[P], of 1; alike where nothing is known."""
        weights = np.array(self.of(row), float)
        return weights / weights.sum() if weights.any() else np.full(len(weights), 1 / len(weights))


@dataclass(frozen=True)
class DividedStage:
    """A stage's requirement rows of M months, divided: rounded int[P, M], whose columns add up to
    the whole numbers shown for the stage, and exact shares float[P]."""

    rows: tuple[Requirement, ...]
    whole: tuple[int, ...]
    rounded: Ints
    share: Floats
    key: Row

    def band(self, p: int) -> tuple[Floats, Floats]:
        """float[M] each: the 80 % band of part ``p``."""
        entries, low, high = (
            np.array([getattr(row, name) for row in self.rows])
            for name in ("entries", "low80", "high80")
        )
        return share_band(entries, low, high, np.full(len(entries), self.share[p]))


def shares_of(plan: Plan, dimension: str, user: User) -> Shares:
    """By the parts of the target where it is split so, else by the last year's entries.

    Teams that ``user`` does not plan are put together. At most three queries.
    """
    parts = stored_parts(plan, dimension)
    if any(parts.values()):
        cents = {value: int(amount / CENT) for value, amount in parts.items()}
        by_stage: dict[Row, dict[str, int]] = {}
        overall = cents
    else:
        by_stage = entries_last_year(plan, dimension)
        overall = _sum(by_stage.values()) or {NOTHING_SAID: 1}
    values = _ordered({_seen(v, dimension, user) for v in overall}, overall)
    named = names_of(dimension, [v for v in values if v != ELSEWHERE])
    return Shares(
        dimension=dimension,
        values=values,
        names=tuple(named[v] if v in named else _("other teams") for v in values),
        weights={row: _vector(found, values, dimension, user) for row, found in by_stage.items()},
        overall=_vector(overall, values, dimension, user),
        by_target=bool(any(parts.values())),
    )


def _seen(value: str, dimension: str, user: User) -> str:
    return value if may_plan(user, dimension, value) else ELSEWHERE


def _ordered(values: set[str], weights: Mapping[str, int]) -> tuple[str, ...]:
    last = (NOTHING_SAID, ELSEWHERE)
    return tuple(sorted(values, key=lambda v: (v in last, v == ELSEWHERE, -weights.get(v, 0), v)))


def _vector(
    found: Mapping[str, int], values: Sequence[str], dimension: str, user: User
) -> tuple[int, ...]:
    sums = dict.fromkeys(values, 0)
    for value, weight in found.items():
        sums[_seen(value, dimension, user)] += weight
    return tuple(sums.values())


def _sum(tables: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for table in tables:
        for value, count in table.items():
            total[value] = total.get(value, 0) + count
    return total


def divided(requirements: Sequence[Requirement], shares: Shares) -> Iterator[DividedStage]:
    """Every stage in funnel order, divided so that the parts add up to what is shown."""
    ordered = sorted(requirements, key=lambda row: (row.position, row.month))
    for _place, rows in groupby(ordered, key=lambda row: row.position):
        stage = tuple(rows)
        key = (stage[0].kind, stage[0].stage or 0)
        whole = largest_remainder([row.entries for row in stage])
        yield DividedStage(
            stage, tuple(whole), divide(whole, shares.of(key)), shares.exact(key), key
        )


def divided_wins(wins: Sequence[float], shares: Shares) -> tuple[list[int], Ints]:
    """Wins by month as shown, and int[P, M] of them."""
    whole = largest_remainder(wins)
    return whole, divide(whole, shares.of(WON))


def requirements_document(plan: Plan, dimension: str, user: User) -> list[dict[str, Any]]:
    """The plan's requirement rows, and after them those of each part; ``rounded`` adds up."""
    shares = shares_of(plan, dimension, user)
    stages = list(divided(list(plan.requirements.filter(segment="")), shares))
    wholes = [document for stage in stages for document in _of_the_whole(plan, stage)]
    return wholes + [document for stage in stages for document in _of_parts(plan, stage, shares)]


def _of_the_whole(plan: Plan, stage: DividedStage) -> Iterator[dict[str, Any]]:
    for row, rounded in zip(stage.rows, stage.whole, strict=True):
        extra = {"dimension": None, "value": None, "team": None, "rounded": rounded}
        yield requirement_document(row, plan.solution or {}) | extra


def _of_parts(plan: Plan, stage: DividedStage, shares: Shares) -> Iterator[dict[str, Any]]:
    for p, value in enumerate(shares.values):
        share, low, high = float(stage.share[p]), *stage.band(p)
        is_team = shares.dimension == Dimension.TEAM and value.isdecimal()
        of_part = {
            "segment": shares.names[p],
            "dimension": shares.dimension,
            "value": value,
            "team": int(value) if is_team else None,
        }
        for m, row in enumerate(stage.rows):
            figures = {
                "entries": row.entries * share,
                "from_pipeline": row.from_pipeline * share,
                "new": row.new * share,
                "low80": float(low[m]),
                "high80": float(high[m]),
                "rounded": int(stage.rounded[p, m]),
            }
            yield requirement_document(row, plan.solution or {}) | of_part | figures
