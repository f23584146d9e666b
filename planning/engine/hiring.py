"""By when somebody has to begin so that the work of a later month finds the hours it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine.law import Floats
from planning.engine.overload import STRAINED

# Less than this many hours short is rounding.
ENOUGH = 1e-9


@dataclass(frozen=True, eq=False)
class HireBy:
    """What a month asks for that the people known today cannot give.

    month: the month of the window in which utilisation passes the level; hours: how many are
    missing in it to stay at the level. needed: float[M], how many hires would have to begin in
    each month to give them, infinite where none could any more; hires: how many are taken to be
    hired at once; latest: the last month in which they can begin, None where it is too late even
    in the first.
    """

    month: int
    hours: float
    needed: Floats
    hires: int
    latest: int | None


def hire_by(
    needed: Floats,
    available: Floats,
    hire_hours: Floats,
    *,
    level: float = STRAINED,
    hires: int | None = None,
    allowed: Sequence[bool] | None = None,
) -> HireBy | None:
    """The latest start of `hires` people so that the first overloaded month is carried.

    needed, available: float[M], hours of one role (see `Load`), of the people known today;
    hire_hours: float[M, M], hours in the second month of one hire who begins in the first, ramp
    and coaching included. hires: how many begin together; by default as few as would do, began
    they in time. allowed: bool[M], months in which somebody can still begin (default: all).
    None where no month passes the level.
    """
    missing = needed / level - available
    passed = np.flatnonzero(missing > ENOUGH * np.maximum(available, 1.0))
    if not passed.size:
        return None
    month = int(passed[0])
    begins = np.ones(needed.size, bool) if allowed is None else np.asarray(allowed, bool)
    gives = np.where(begins, np.maximum(hire_hours[:, month], 0.0), 0.0)
    wanted = np.divide(missing[month], gives, out=np.full(gives.size, np.inf), where=gives > 0)
    fewest = float(wanted.min())
    count = hires if hires is not None else int(np.ceil(fewest - ENOUGH)) if fewest < np.inf else 0
    in_time = np.flatnonzero(wanted <= count + ENOUGH)
    latest = int(in_time[-1]) if in_time.size else None
    return HireBy(month, float(missing[month]), wanted, count, latest)


def hiring_calendar(
    needed: Floats,
    available: Floats,
    hire_hours: Floats,
    *,
    level: float = STRAINED,
    allowed: Sequence[bool] | None = None,
) -> list[HireBy]:
    """One entry for each month that is still over the level when those before it have been
    hired for as late as possible; ends with the first month that no hire can carry any more.

    Shapes as in `hire_by`.
    """
    carried = available.copy()
    calendar: list[HireBy] = []
    while True:
        due = hire_by(needed, carried, hire_hours, level=level, allowed=allowed)
        if due is None:
            return calendar
        calendar.append(due)
        if due.latest is None:
            return calendar
        carried = carried + due.hires * hire_hours[due.latest]
