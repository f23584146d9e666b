"""What the tables of a plan are made of, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.tables import Cell, Figure
from planning.models import Plan, Requirement
from planning.risk import saved_risk
from planning.selectors import is_over, verdict_text
from planning.shares import Shares, divided_by, shares_of
from planning.solving import plan_months
from planning.sub_plans import SubPlan, sub_plans

Document = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """A plan as it was solved last; ``found`` is empty before that. ``user``: who reads it, whose
    own teams are told apart."""

    plan: Plan
    found: Document
    rows: Sequence[Requirement]
    user: User

    @classmethod
    def of(cls, plan: Plan, user: User) -> "Facts":
        return cls(plan, plan.solution or {}, list(plan.requirements.all()), user)

    @property
    def verdict(self) -> str:
        return verdict_text(self.plan, self.found, self.plan.estimate)

    @property
    def is_solved(self) -> bool:
        return bool(self.found)

    @property
    def is_limited(self) -> bool:
        return bool(self.found.get("is_limited"))

    @property
    def is_reached(self) -> bool:
        return bool(self.found.get("is_reached", True))

    @property
    def is_over(self) -> bool:
        return is_over(self.plan, self.plan.estimate)

    @cached_property
    def months(self) -> tuple[date, ...]:
        return plan_months(self.plan.year)

    @property
    def month_heads(self) -> list[Cell]:
        """The twelve months, and the year."""
        return [*(Figure(first, "month") for first in self.months), str(self.plan.year)]

    @cached_property
    def sub_plans(self) -> list[SubPlan]:
        return sub_plans(self.plan, self.found, self.rows, self.plan.estimate)

    @cached_property
    def dimensions(self) -> list[str]:
        return divided_by(self.plan)

    def shares(self, dimension: str) -> Shares:
        return shares_of(self.plan, dimension, self.user)

    @cached_property
    def risk(self) -> Document | None:
        """Drawn anew, which takes most of a second."""
        return saved_risk(self.plan) if self.found else None

    def of_month(self, name: str) -> list[float]:
        """A number of the solution's months, in order."""
        return [float(month[name]) for month in self.found["months"]]

    @property
    def at_most(self) -> list[str]:
        """What the other numbers mean there."""
        if self.is_reached:
            return []
        return [_("The most that can be done within people, channels and budget.")]

    @property
    def asked_for(self) -> list[str]:
        """What the numbers mean where the target is out of reach."""
        if self.is_reached:
            return []
        return [_("What the target would take, were there leads and people for it.")]
