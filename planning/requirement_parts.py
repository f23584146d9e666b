"""What each team or segment must do of a solved plan: its requirements divided, to the customer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np

from accounts.models import User
from planning.engine.allocation import share_band
from planning.engine.law import Floats, Ints
from planning.models import Plan, Requirement
from planning.own_rates import Row
from planning.part_mix import SourceMix, source_mix
from planning.rounding import largest_remainder
from planning.segments import WON, Dimension
from planning.selectors import requirement_document
from planning.shares import Shares, shares_of


@dataclass(frozen=True, eq=False)
class DividedStage:
    """A stage's requirement rows of M months, divided: rounded int[P, M], whose columns add up to
    the whole numbers shown for the stage, and exact float[P, M], which add up to its entries."""

    rows: tuple[Requirement, ...]
    whole: tuple[int, ...]
    rounded: Ints
    exact: Floats
    key: Row
    shares: Shares

    @cached_property
    def entries(self) -> Floats:
        """float[M]"""
        return np.array([row.entries for row in self.rows])

    @property
    def share(self) -> Floats:
        """float[P], of the year."""
        total = self.exact.sum()
        return self.exact.sum(axis=1) / total if total else self.shares.exact(self.key)

    def band(self, p: int) -> tuple[Floats, Floats]:
        """float[M] each: the 80 % band of part ``p``."""
        entries = self.entries
        low, high = (np.array([getattr(row, name) for row in self.rows]) for name in BAND)
        return share_band(entries, low, high, self._of_entries[p])

    @cached_property
    def _of_entries(self) -> Floats:
        """float[P, M], shares of each month."""
        entries = self.entries
        share = self.exact / np.where(entries > 0, entries, 1.0)
        return np.asarray(np.where(entries > 0, share, self.shares.exact(self.key)[:, None]))

    def bought(self, p: int) -> Floats | None:
        """float[M]: of part ``p``, what channels bring."""
        found = self.shares.bought_of(self.key, len(self.rows))
        return None if found is None else found[p]

    def from_pipeline(self, p: int) -> Floats:
        """float[M]: what is open now and has entered is shared like all that no channel brings."""
        whole, bought = np.array([row.from_pipeline for row in self.rows]), self.bought(p)
        if bought is None:
            return np.asarray(self._of_entries[p] * whole)
        return np.asarray(np.minimum(self.shares.exact(self.key)[p] * whole, self.exact[p]))

    def success(self, p: int) -> list[float | None]:
        """By month, the share of part ``p`` that is won, by its own rate.

        Where channels decide, the plan's rate is already that of their mix.
        """
        times = self.shares.successes(self.key)
        usual = np.ones(len(self.rows))
        if self.shares.basis == "channels":
            usual = times @ self._of_entries
        return [
            None if row.success is None else min(row.success * float(times[p] / mean), 1.0)
            for row, mean in zip(self.rows, usual, strict=True)
        ]

    def amounts(self, p: int) -> list[float | None]:
        """By month, the mean amount of those of part ``p``: that of all, times its own ratio."""
        times = self.shares.size(self.key, p)
        return [None if row.mean_amount is None else row.mean_amount * times for row in self.rows]

    def mean(self, p: int, values: Sequence[float | None]) -> float | None:
        """Over the entries of part ``p`` in the year, as far as it is known of them."""
        known = [
            (n, value)
            for n, value in zip(self.exact[p].tolist(), values, strict=True)
            if value is not None
        ]
        size = sum(n for n, _value in known)
        return sum(n * value for n, value in known) / size if size else None


BAND = ("low80", "high80")


def divided(requirements: Sequence[Requirement], shares: Shares) -> Iterator[DividedStage]:
    """Every stage in funnel order, divided so that the parts add up to what is shown."""
    ordered = sorted(requirements, key=lambda row: (row.position, row.month))
    for _place, rows in groupby(ordered, key=lambda row: row.position):
        stage = tuple(rows)
        key = (stage[0].kind, stage[0].stage or 0)
        entries = [row.entries for row in stage]
        whole = largest_remainder(entries)
        rounded = shares.divide(key, whole, entries)
        yield DividedStage(stage, tuple(whole), rounded, shares.spread(key, entries), key, shares)


def divided_wins(wins: Sequence[float], shares: Shares) -> tuple[list[int], Ints]:
    """Wins by month as shown, and int[P, M] of them."""
    whole = largest_remainder(wins)
    return whole, shares.divide(WON, whole, wins)


OF_A_PART = (
    "dimension",
    "value",
    "team",
    "basis",
    "own_entries",
    "bought",
    "amount_ratio",
    "amount_is_own",
    "success_ratio",
    "success_is_own",
    "sources",
)


def requirements_document(plan: Plan, dimension: str, user: User) -> list[dict[str, Any]]:
    """The plan's requirement rows, and after them those of each part; ``rounded`` adds up."""
    shares = shares_of(plan, dimension, user)
    stages = list(divided(list(plan.requirements.filter(segment="")), shares))
    wholes = [document for stage in stages for document in _of_the_whole(plan, stage)]
    mix = source_mix(plan, dimension)
    return wholes + [document for stage in stages for document in _of_parts(plan, stage, mix)]


def _of_the_whole(plan: Plan, stage: DividedStage) -> Iterator[dict[str, Any]]:
    for row, rounded in zip(stage.rows, stage.whole, strict=True):
        extra = {**dict.fromkeys(OF_A_PART), "rounded": rounded}
        yield requirement_document(row, plan.solution or {}) | extra


def _of_parts(plan: Plan, stage: DividedStage, mix: SourceMix | None) -> Iterator[dict[str, Any]]:
    for p, members in enumerate(stage.shares.members):
        columns = _columns(stage, p)
        of_part = _about(stage, p) | {"sources": mix and mix.of(stage.key, members)}
        for m, row in enumerate(stage.rows):
            figures = {name: values[m] for name, values in columns.items()}
            quality = {name: figures.pop(name) for name in ("mean_amount", "success")}
            whole = requirement_document(row, plan.solution or {})
            mixed = {"quality": quality, "mix": _mix(stage, p, m, whole["mix"])}
            yield whole | of_part | figures | mixed


def _mix(
    stage: DividedStage, p: int, m: int, whole: dict[str, float] | None
) -> dict[str, float] | None:
    """Of a source with channels, what these bring is from new leads, and all else as it comes."""
    bought, entries = stage.bought(p), float(stage.exact[p, m])
    if whole is None or bought is None or not entries:
        return None if bought is not None and not entries else whole
    others = stage.rows[m].entries * (1.0 - whole["new_leads"])
    rest = max(1.0 - float(bought[m]) / entries, 0.0)
    parts = {name: share for name, share in whole.items() if name != "new_leads"}
    scale = rest / sum(parts.values()) if others and sum(parts.values()) else 0.0
    found = {name: share * scale for name, share in parts.items()}
    return found | {"new_leads": 1.0 - sum(found.values())}


def _about(stage: DividedStage, p: int) -> dict[str, Any]:
    shares = stage.shares
    value, amount, success = shares.values[p], shares.amount(p), shares.success(stage.key, p)
    is_team = shares.dimension == Dimension.TEAM and value.isdecimal()
    return {
        "segment": shares.names[p],
        "dimension": shares.dimension,
        "value": value,
        "team": int(value) if is_team else None,
        "basis": shares.basis,
        "amount_ratio": shares.size(stage.key, p),
        "amount_is_own": amount.is_own,
        "success_ratio": success.times,
        "success_is_own": success.is_own,
    }


def _columns(stage: DividedStage, p: int) -> dict[str, list[Any]]:
    """Twelve figures of part ``p`` each."""
    nothing: list[Any] = [None] * len(stage.rows)
    low, high = stage.band(p)
    entries, already, bought = stage.exact[p], stage.from_pipeline(p), stage.bought(p)
    needed = stage.shares.needed(stage.key)
    return {
        "entries": entries.tolist(),
        "from_pipeline": already.tolist(),
        "new": (entries - already).tolist(),
        "low80": low.tolist(),
        "high80": high.tolist(),
        "rounded": stage.rounded[p].tolist(),
        "own_entries": nothing if needed is None else (needed[p] * stage.entries).tolist(),
        "bought": nothing if bought is None else bought.tolist(),
        "mean_amount": stage.amounts(p),
        "success": stage.success(p),
    }
