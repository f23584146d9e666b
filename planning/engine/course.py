"""What the choices of a plan lead to by month: hours, entries, revenue and wins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.law import Floats
from planning.engine.sizing import Question
from planning.engine.window import PlanWindow


@dataclass(frozen=True, eq=False)
class Course:
    """hours_needed: float[R, M]; entries, of which fixed_entries come without new leads:
    float[S, M]; revenue and wins still to come, were nobody to wait, and certain revenue:
    float[M]."""

    hours_needed: Floats
    entries: Floats
    fixed_entries: Floats
    revenue: Floats
    wins: Floats
    certain: Floats


def course_of(question: Question, choices: Floats, window: PlanWindow) -> Course:
    kernels, goal = question.kernels, question.goal
    leads = question.leads_by_segment(choices)
    so_far = 0.0 if goal.entries_so_far is None else goal.entries_so_far
    fixed_entries = kernels.fixed_entries + so_far
    return Course(
        hours_needed=kernels.fixed_hours + _landing(leads, kernels.hours).T,
        entries=fixed_entries + _landing(leads, kernels.entries).T,
        fixed_entries=fixed_entries,
        revenue=kernels.fixed_revenue + _landing(leads, kernels.revenue),
        wins=kernels.fixed_wins + _landing(leads, kernels.wins),
        certain=goal.certain_revenue(window),
    )


def _landing(leads: Floats, per_lead: Floats) -> Floats:
    """float[M, ...] of float[G, M] leads and float[G, M, M, ...] by month of entry and landing."""
    return np.asarray(np.tensordot(leads, per_lead, axes=2))
