"""What waiting leaves of a plan that is short of hours from the start.

Where what is under way needs more hours than all that can be had, the linear program is granted
them, as it would have no answer otherwise. Nobody grants them to the company: customers wait. So
the plan is run through its load, and is sized for what that leaves of its revenue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planning.engine.course import course_of
from planning.engine.law import Floats
from planning.engine.linear import Answer
from planning.engine.means import Workforce
from planning.engine.sizing import Question, Sized, out_of_reach, size
from planning.engine.window import PlanWindow

UnderLoad = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Revenue and wins still to come, float[M], under their load, of leads float[G, M] and hours to be
had float[R, M]."""

ROUNDS = 3
# Shares of revenue by which rounds may still differ.
CLOSE = 1e-3
# However long people wait, some revenue is left to be sized by.
LEAST = 0.01


@dataclass(frozen=True, eq=False)
class Left:
    """revenue, wins: float[M], shares of those still to come; year: that of the revenue of the
    plan's months together. All one where nobody waits."""

    revenue: Floats
    wins: Floats
    year: float = 1.0

    @classmethod
    def all(cls, months: int) -> Left:
        return cls(np.ones(months), np.ones(months))


@dataclass(frozen=True, eq=False)
class Loaded:
    """Which share of a plan's revenue its load leaves, by its choices."""

    question: Question
    team: Workforce
    window: PlanWindow
    under_load: UnderLoad

    def left_of(self, choices: Floats) -> Left:
        chosen = np.maximum(choices, 0.0)
        course = course_of(self.question, chosen, self.window)
        _leads, hires, overtime = self.question.rows.split(chosen)
        hours = self.team.available + np.einsum("rm,rmt->rt", hires, self.team.hire_hours)
        leads = self.question.leads_by_segment(chosen)
        revenue, wins = self.under_load(leads, np.maximum(hours + overtime, 0.0))
        plan = self.window.in_plan
        year = _share(revenue @ plan, course.revenue @ plan)
        return Left(
            _share(revenue, course.revenue),
            _share(wins, course.wins),
            float(np.clip(year, LEAST, 1.0)),
        )


def size_under_load(loaded: Loaded, most: Answer) -> tuple[Question, Sized, Left, Left]:
    """The plan, sized for what its load leaves; the question that it answers, what is left of
    its revenue, and what is left of the most."""
    question = loaded.question
    of_most = left = loaded.left_of(most.choices)
    for _round in range(ROUNDS):
        asked = replace(question, left=left.year)
        sized = size(asked, most)
        if sized.code == "unreachable":
            break
        now = loaded.left_of(sized.choices.choices)
        is_settled = abs(now.year - left.year) <= CLOSE
        left = now
        if is_settled:
            break
    asked = replace(question, left=left.year)
    if sized.code == "too_little_history" or (
        sized.code == "reachable" and asked.hits(sized.choices.choices, within=CLOSE)
    ):
        return asked, sized, left, of_most
    asked = replace(question, left=of_most.year)
    return asked, out_of_reach(asked, most), of_most, of_most


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole; one where there is nothing."""
    return np.asarray(np.divide(part, whole, out=np.ones_like(whole), where=whole > 0))
