"""How full the hours of people were: what a year's work takes, and what there was."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pipeline.models import Estimate
from planning.engine.capacity import workforce
from planning.engine.window import PlanWindow
from planning.funnel_law import Floats, known_funnel
from planning.means import effort_of, people_of, role_terms, work_days
from planning.models import JobRole, Staff
from planning.models.plans import MONTHS
from planning.solving import following_months

HARD = 0.85
"""Above this share waiting grows out of proportion to work: the knee of any queue."""


@dataclass(frozen=True)
class PastHours:
    """Hours of R roles in the twelve months before ``as_of``: needed and available float[R, 12].

    ``needed`` is what the entries of those months take by the efforts as they are typed now.
    """

    roles: tuple[JobRole, ...]
    months: tuple[date, ...]
    needed: Floats
    available: Floats

    def rows(self) -> list[dict[str, Any]]:
        """One a role that has work and people, its twelve months and the year."""
        found = []
        for r, role in enumerate(self.roles):
            needed, there = self.needed[r], self.available[r]
            if not needed.any() and not there.any():
                continue
            cells = [_share(n, a) for n, a in zip(needed, there, strict=True)]
            year = _share(needed.sum(), there.sum())
            found.append({"role": role, "cells": cells, "year": year})
        return found


def past_hours(estimate: Estimate) -> PastHours:
    """The last twelve whole months that ``estimate`` knows of. Four queries."""
    roles = tuple(JobRole.objects.prefetch_related("efforts__pipeline_stage"))
    funnel = known_funnel(estimate, currency=estimate.pipeline.currency)
    end = funnel.as_of.replace(day=1)
    first = date(end.year - 1, end.month, 1)
    entries, _wins, _won = funnel.in_window(first, MONTHS)
    effort = effort_of(roles, funnel.rows, hours=lambda each: (each.hours_of_a_stay, 0.0))
    window = PlanWindow.of_year(first, first)
    terms = replace(role_terms(roles, 1.0), attrition_per_year=np.zeros(len(roles)))
    staff = list(Staff.objects.employed().filter(role__in=roles, begins__lt=end))
    there = workforce(people_of(staff, roles, first), terms, window, work_days(first, window))
    return PastHours(
        roles=roles,
        months=following_months(first, MONTHS),
        needed=effort.per_entry @ entries,
        available=there.available,
    )


def _share(needed: float, available: float) -> dict[str, Any]:
    """Of hours that are needed where there are none, the share is unknown."""
    share = float(needed / available) if available > 0 else None
    heat = (
        0 if share is None else 3 if share > 1 else 2 if share > HARD else 1 if share > 0.5 else 0
    )
    return {"needed": float(needed), "available": float(available), "share": share, "heat": heat}
