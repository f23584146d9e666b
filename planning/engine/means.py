"""What a plan may use: hours of people, leads that can be bought, and the money for them.

S stages of the funnel, M months of the window, R roles, K channel tiers. Any of R and K may be
zero. Hours and money belong to whole months; of the month of `as_of`, to the part still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planning.engine.law import Floats, Ints

# Beyond, waiting grows out of proportion, and nobody is to be planned to do without a spare hour.
UTILISATION = 0.95


class InvalidMeans(ValueError):
    """The arrays of a plan's means contradict each other."""


@dataclass(frozen=True, eq=False)
class Effort:
    """How many hours of work a subject takes.

    per_entry: float[R, S], hours of role r for each subject that enters s, spent in the month
        of entry; per_month: float[R, S], hours a month for each subject that is in s.

    Raises InvalidMeans where shapes disagree or hours are negative or missing.
    """

    per_entry: Floats
    per_month: Floats

    def __post_init__(self) -> None:
        _check_shape("per_month", self.per_month, self.per_entry.shape)
        if self.per_entry.ndim != 2:
            raise InvalidMeans("hours of work have a row a role and a column a stage")
        _check_amounts("per_entry", self.per_entry)
        _check_amounts("per_month", self.per_month)

    @classmethod
    def none(cls, roles: int, stages: int) -> Effort:
        return cls(np.zeros((roles, stages)), np.zeros((roles, stages)))


@dataclass(frozen=True, eq=False)
class Workforce:
    """The people of R roles over M months, and what hiring more would bring and cost.

    available, payroll: float[R, M], hours and pay of the people known today, after ramp,
        attrition, holidays and training.
    hire_hours: float[R, M, M], expected hours in the second month of one hire who begins in
        the first. Below zero while training a newcomer takes more than he brings.
    hire_cost: float[R, M], recruiting and pay to the window's end of one hire of that month.
    most_hires: float[R, M], inf: no limit; 0: none can begin (within the notice, or past).
    overtime_share: float[R], most overtime as a share of the available hours;
    overtime_cost: float[R], per hour.

    Raises InvalidMeans where shapes disagree or a number is negative or missing.
    """

    roles: tuple[str, ...]
    available: Floats
    payroll: Floats
    hire_hours: Floats
    hire_cost: Floats
    most_hires: Floats
    overtime_share: Floats
    overtime_cost: Floats

    def __post_init__(self) -> None:
        if self.available.ndim != 2:
            raise InvalidMeans("available hours have a row a role and a column a month")
        roles, months = len(self.roles), self.available.shape[1]
        for name in ("available", "payroll", "hire_cost", "most_hires"):
            _check_shape(name, getattr(self, name), (roles, months))
        _check_shape("hire_hours", self.hire_hours, (roles, months, months))
        for name in ("overtime_share", "overtime_cost"):
            _check_shape(name, getattr(self, name), (roles,))
            _check_amounts(name, getattr(self, name))
        for name in ("available", "payroll", "hire_cost"):
            _check_amounts(name, getattr(self, name))
        _check_amounts("most_hires", self.most_hires, without_limit=True)
        if not np.all(np.isfinite(self.hire_hours)):
            raise InvalidMeans("hire_hours holds a missing value")

    @property
    def months(self) -> int:
        return int(self.available.shape[1])

    @classmethod
    def none(cls, months: int) -> Workforce:
        """Nobody whose hours are counted: no limit by people."""
        flat = np.zeros((0, months))
        return cls(
            (), flat, flat, np.zeros((0, months, months)), flat, flat, flat[:, 0], flat[:, 0]
        )


@dataclass(frozen=True, eq=False)
class Tiers:
    """The supply of leads: K tiers of channels, of rising cost within a channel.

    channel: K names of the channel a tier belongs to; segment: int[K], whose law its leads
        follow; cost: float[K], per lead.
    most: float[K, M], most leads of a month (inf: no limit; 0 while the channel's lead time
        has not passed).
    lead_months: int[K], how many months before a lead enters its money is spent.

    Raises InvalidMeans where shapes disagree or a number is negative or missing.
    """

    channel: tuple[str, ...]
    segment: Ints
    cost: Floats
    most: Floats
    lead_months: Ints

    def __post_init__(self) -> None:
        count = len(self.channel)
        for name in ("segment", "cost", "lead_months"):
            _check_shape(name, getattr(self, name), (count,))
        if self.most.ndim != 2 or self.most.shape[0] != count:
            raise InvalidMeans(f"most has shape {self.most.shape}, expected ({count}, months)")
        _check_amounts("cost", self.cost)
        _check_amounts("most", self.most, without_limit=True)
        for name in ("segment", "lead_months"):
            _check_amounts(name, getattr(self, name))

    @property
    def months(self) -> int:
        return int(self.most.shape[1])

    @classmethod
    def none(cls, months: int) -> Tiers:
        nothing = np.zeros(0, np.int64)
        return cls((), nothing, np.zeros(0), np.zeros((0, months)), nothing)


@dataclass(frozen=True, eq=False)
class Limits:
    """What may be spent and how hard people may work.

    budget: most that may be spent on leads in the window; budget_by_month: float[M];
        channel_budget: float[M] by the channel's name; None or absent: no limit.
    utilisation: highest share of the available hours that new leads may fill up, above 0 to 1;
        what is under way may take all of them. At 1 the slightest chance makes a queue.
    flexibility: share by which the new leads of a month may differ from the shape of the year,
        0 to 1; None: they come whenever it is best. See year_shape.py.

    Raises InvalidMeans where an amount is negative or missing or a share out of range.
    """

    budget: float | None = None
    budget_by_month: Floats | None = None
    channel_budget: dict[str, Floats] = field(default_factory=dict)
    utilisation: float = UTILISATION
    flexibility: float | None = None

    def __post_init__(self) -> None:
        amounts = {"budget": self.budget, "budget_by_month": self.budget_by_month}
        for name, amount in (amounts | self.channel_budget).items():
            if amount is not None:
                _check_amounts(name, np.asarray(amount, dtype=float), without_limit=True)
        if not 0 < self.utilisation <= 1:
            raise InvalidMeans("the utilisation is a share above 0, at most 1")
        if self.flexibility is not None and not 0 <= self.flexibility <= 1:
            raise InvalidMeans("the flexibility is a share, at most 1")


@dataclass(frozen=True, eq=False)
class Means:
    """All that a plan may use, together."""

    effort: Effort
    workforce: Workforce
    tiers: Tiers
    limits: Limits = field(default_factory=Limits)

    def check(self, *, stages: int, months: int, segments: int) -> None:
        """Raises InvalidMeans where means of one plan differ in roles, stages or months, or a
        tier names a segment that is not there."""
        check_together(
            self.effort, self.workforce, self.tiers, self.limits, stages=stages, months=months
        )
        if self.tiers.segment.size and self.tiers.segment.max() >= segments:
            raise InvalidMeans("a tier's leads follow the law of a segment that is not there")


def check_together(
    effort: Effort, workforce: Workforce, tiers: Tiers, limits: Limits, *, stages: int, months: int
) -> None:
    """Raises InvalidMeans where means of one plan differ in roles, stages or months."""
    _check_shape("per_entry", effort.per_entry, (len(workforce.roles), stages))
    _check_shape("available", workforce.available, (len(workforce.roles), months))
    _check_shape("most", tiers.most, (len(tiers.channel), months))
    if limits.budget_by_month is not None:
        _check_shape("budget_by_month", limits.budget_by_month, (months,))
    for channel, amounts in limits.channel_budget.items():
        _check_shape(channel, amounts, (months,))


def _check_shape(name: str, array: Floats | Ints, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise InvalidMeans(f"{name} has shape {array.shape}, expected {shape}")


def _check_amounts(name: str, array: Floats | Ints, *, without_limit: bool = False) -> None:
    usable = (array >= 0) & (np.isfinite(array) | without_limit)
    if not np.all(usable):
        raise InvalidMeans(f"{name} holds a negative or missing value")
