"""The months a plan or a forecast is made for, as seen from `as_of`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from planning.engine.law import Floats

DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, eq=False)
class PlanWindow:
    """Consecutive months measured in whole days from `as_of`.

    edges: float[M+1], days from `as_of` to the first day of each month and to the end of the
        last; negative before `as_of`.
    lead_months: how many of the first months come before the plan's year: new leads may
        enter in them, but revenue counts from the month after.

    Months have their calendar length. What is required in February is later held against
    what February brought, and on a daily grid the exact length costs nothing, where months of
    30.4375 days would be up to 8 % off.
    """

    edges: Floats
    lead_months: int = 0

    def __post_init__(self) -> None:
        if self.edges.size < 2 or not np.all(np.diff(self.edges) > 0):
            raise ValueError("a window has at least one month, and its edges rise")
        if not 0 <= self.lead_months < self.edges.size - 1:
            raise ValueError("the lead months leave no month for the plan")

    @classmethod
    def of_year(
        cls, first_day: date, as_of: date, *, months: int = 12, lead: bool = False
    ) -> PlanWindow:
        """The `months` months from `first_day`; with `lead`, also those from `as_of` up to it."""
        early = max(0, _month_number(first_day) - _month_number(as_of)) if lead else 0
        starts = (_plus_months(first_day, m) for m in range(-early, months + 1))
        return cls(np.array([float((start - as_of).days) for start in starts]), early)

    @classmethod
    def from_as_of(cls, as_of: date, months: int = 12) -> PlanWindow:
        """The month of `as_of`, from `as_of` on, and the months after it."""
        edges = cls.of_year(as_of.replace(day=1), as_of, months=months).edges
        return cls(np.maximum(edges, 0.0))

    @property
    def months(self) -> int:
        return self.edges.size - 1

    @property
    def horizon(self) -> int:
        """Days from `as_of` to the end of the window; 0 where it has passed."""
        return int(np.ceil(max(self.edges[-1], 0.0)))

    @property
    def length(self) -> int:
        """Days from the start of the first month, or `as_of` if later, to the end."""
        return int(np.ceil(self.edges[-1] - self.edges[0]))

    @property
    def in_plan(self) -> Floats:
        """float[M]: 1 for months whose revenue counts, 0 for lead months."""
        return (np.arange(self.months) >= self.lead_months).astype(float)

    @property
    def open_share(self) -> Floats:
        """float[M]: the share of each month that is still to come."""
        ahead = np.clip(self.edges[1:], 0, None) - np.clip(self.edges[:-1], 0, None)
        return np.asarray(ahead / np.diff(self.edges))


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(_month_number(day) + months, 12)
    return date(year, month + 1, day.day)
