"""The planning engine: arrays in, frozen dataclasses out; nothing of Django, no clock.

Days are days after `as_of`, money is in one plan currency, stages are indices in funnel order.
"""

from planning.engine.capacity import People, RoleTerms, workforce
from planning.engine.closed_form import Goal, solve
from planning.engine.forecast import Expectation, Forecast, forecast
from planning.engine.hiring import HireBy, hire_by, hiring_calendar
from planning.engine.law import FunnelLaw, InvalidLaw, OpenStays
from planning.engine.limits import Limit
from planning.engine.means import Effort, InvalidMeans, Limits, Means, Tiers, Workforce
from planning.engine.overload import Band, Load, overload, overload_band
from planning.engine.program import Program, plan_within
from planning.engine.segments import Segment, look_ahead_in
from planning.engine.simulate import Course, simulate
from planning.engine.sizing import Aim
from planning.engine.solution import RequirementRow, Solution
from planning.engine.window import PlanWindow
from planning.engine.work import LeadStream, Patience, Work

__all__ = [
    "Aim",
    "Band",
    "Course",
    "Effort",
    "Expectation",
    "Forecast",
    "FunnelLaw",
    "Goal",
    "HireBy",
    "InvalidLaw",
    "InvalidMeans",
    "LeadStream",
    "Limit",
    "Limits",
    "Load",
    "Means",
    "OpenStays",
    "Patience",
    "People",
    "PlanWindow",
    "Program",
    "RequirementRow",
    "RoleTerms",
    "Segment",
    "Solution",
    "Tiers",
    "Work",
    "Workforce",
    "forecast",
    "hire_by",
    "hiring_calendar",
    "look_ahead_in",
    "overload",
    "overload_band",
    "plan_within",
    "simulate",
    "solve",
    "workforce",
]
