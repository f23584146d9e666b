"""What a plan would be if something were otherwise: tried, beside what is saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from planning.as_solved import as_solved
from planning.engine.chance import QuadraticVariance
from planning.engine.takes import Standing
from planning.levers import Lever, without_lever
from planning.models import Assumption, Plan
from planning.selectors import verdict_text
from planning.services.assumptions import Assumed, Key
from planning.solving import SolvedPlan

WIN = "win"
"""The win rate over all stages: no lever of its own, but a factor of all promotion rates."""
LEAST_WIN, MOST_WIN = 0.1, 5.0


@dataclass(frozen=True)
class Tried:
    """A lever and the value that it is set to."""

    lever: Lever
    value: float

    @property
    def is_changed(self) -> bool:
        return self.value != self.lever.value

    @property
    def is_neutral(self) -> bool:
        return self.value == self.lever.neutral

    @property
    def text(self) -> str:
        return self.lever.text(self.value)

    def row(self) -> Assumption:
        kind, stage = self.lever.row or ("", None)
        return Assumption(
            kind=self.lever.kind,
            lifecycle_stage_id=stage if kind == "customer" else None,
            pipeline_stage_id=stage if kind == "opportunity" else None,
            value=self.value,
        )


def tried_with(
    levers: Iterable[Lever], values: Mapping[str, float], *, win: float = 1.0
) -> list[Tried]:
    """Each lever at what ``values`` say by its key, else as it is; ``win`` times all promotion
    rates besides, each up to what its stage has room for."""
    return [Tried(each, _won(each, values.get(each.key, each.value), win)) for each in levers]


def _won(lever: Lever, value: float, win: float) -> float:
    return min(value * win, lever.high) if lever.is_rate and win != 1 else value


@dataclass(frozen=True)
class Figures:
    """The main figures of a plan; money in its currency."""

    verdict: str
    code: str
    leads: float
    expected: float | None
    chance: float | None
    last_month: date | None
    is_limited: bool = False


@dataclass(frozen=True)
class Answer:
    """``saved`` and ``tried`` with new leads as each needs them; ``as_planned`` is what the tried
    values bring with the new leads of the saved plan, None within limits, where leads of several
    channels differ."""

    saved: Figures
    tried: Figures
    as_planned: QuadraticVariance | None
    changes: Sequence[Tried]
    target: float

    @property
    def expected(self) -> float | None:
        return None if self.as_planned is None else self.as_planned.mean(1.0)

    @property
    def chance(self) -> float | None:
        return None if self.as_planned is None else self.as_planned.chance_of(self.target, 1.0)


def what_if(plan: Plan, tried: Sequence[Tried]) -> Answer:
    """The answer by the rates, people and channels that the saved plan was solved with.

    Writes nothing. Raises MissingExchangeRate.
    """
    rows = rows_to_try(plan, tried)
    found = as_solved(plan, assumptions=rows)
    if found is None:
        raise ValueError("a plan without rates has no answer")
    return Answer(
        saved=saved_figures(plan),
        tried=figures_of(found),
        as_planned=None if found.within else _as_planned(plan, found),
        changes=[each for each in tried if each.is_changed],
        target=float(plan.target),
    )


def _as_planned(plan: Plan, found: SolvedPlan) -> QuadraticVariance:
    """The year of the tried values, by how many times the saved plan's new leads enter."""
    months = (plan.solution or {}).get("months", [])
    leads = np.array([month["new_leads"] for month in months])
    funnel = found.funnel
    return Standing(funnel.law, funnel.open_stays, found.window, found.goal, leads).worth


def rows_to_try(plan: Plan, tried: Iterable[Tried]) -> list[Assumption]:
    """The plan's assumptions as they would be, those without a lever included."""
    tried = list(tried)
    rows = without_lever([each.lever for each in tried], plan.assumptions.all())
    for each in tried:
        if not each.is_changed and each.lever.made:
            rows.append(each.lever.made)
        elif not each.is_neutral:
            rows.append(each.row())
    return rows


def to_keep(tried: Iterable[Tried], *, reason: str) -> tuple[list[Assumed], list[Key]]:
    """What to assume for that reason, and what to take back."""
    changed = [each for each in tried if each.is_changed]
    keys = [(each.lever.kind, each.lever.row) for each in changed if each.is_neutral]
    kept = [
        Assumed(each.lever.kind, each.value, reason, each.lever.row)
        for each in changed
        if not each.is_neutral
    ]
    return kept, keys


def saved_figures(plan: Plan) -> Figures:
    return _figures(
        plan, plan.solution or {}, verdict_text(plan, plan.solution or {}, plan.estimate)
    )


def figures_of(solved: SolvedPlan) -> Figures:
    found = solved.document()
    return _figures(solved.plan, found, verdict_text(solved.plan, found, solved.estimate))


def _figures(plan: Plan, found: Mapping[str, Any], verdict: str) -> Figures:
    last = found.get("last_lead_month")
    return Figures(
        verdict=verdict,
        code=found.get("code", "too_little_history"),
        leads=sum(month["new_leads"] for month in found.get("months", [])),
        expected=found.get("expected"),
        chance=found.get("p_target"),
        last_month=date.fromisoformat(last) if last else None,
        is_limited=bool(found.get("is_limited")),
    )
