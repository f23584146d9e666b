"""The planning engine: arrays in, frozen dataclasses out; nothing of Django, no clock.

Days are days after `as_of`, money is in one plan currency, stages are indices in funnel order.
"""

from planning.engine.closed_form import Goal, solve
from planning.engine.forecast import Expectation, Forecast, forecast
from planning.engine.law import FunnelLaw, InvalidLaw, OpenStays
from planning.engine.simulate import Course, simulate
from planning.engine.solution import RequirementRow, Solution
from planning.engine.window import PlanWindow

__all__ = [
    "Course",
    "Expectation",
    "Forecast",
    "FunnelLaw",
    "Goal",
    "InvalidLaw",
    "OpenStays",
    "PlanWindow",
    "RequirementRow",
    "Solution",
    "forecast",
    "simulate",
    "solve",
]
