"""The planning engine: arrays in, frozen dataclasses out; nothing of Django, no clock.

Days are days after `as_of`, money is in one plan currency, stages are indices in funnel order.
"""

from planning.engine.closed_form import Goal, solve
from planning.engine.forecast import Expectation, Forecast, forecast
from planning.engine.hiring import HireBy, hire_by, hiring_calendar
from planning.engine.law import FunnelLaw, InvalidLaw, OpenStays
from planning.engine.overload import Band, Load, overload, overload_band
from planning.engine.simulate import Course, simulate
from planning.engine.solution import RequirementRow, Solution
from planning.engine.window import PlanWindow
from planning.engine.work import LeadStream, Patience, Work

__all__ = [
    "Band",
    "Course",
    "Expectation",
    "Forecast",
    "FunnelLaw",
    "Goal",
    "HireBy",
    "InvalidLaw",
    "LeadStream",
    "Load",
    "OpenStays",
    "Patience",
    "PlanWindow",
    "RequirementRow",
    "Solution",
    "Work",
    "forecast",
    "hire_by",
    "hiring_calendar",
    "overload",
    "overload_band",
    "simulate",
    "solve",
]
