"""How sure a plan is: what its chance and its cautious revenue are made of."""

from collections.abc import Callable

import numpy as np

from planning.engine.chance import QuadraticVariance
from planning.engine.closed_form import year_variance
from planning.engine.segments import reduce_segments
from planning.engine.sizing import odds_of
from planning.explained import Asked, Explained, Part, Told, kept, three_digits


def chance(told: Told, asked: Asked) -> Explained:
    """Of the uncertainty around what is expected, how much is luck, how much rates that are known
    from a sample, and how much years that differ as a whole."""
    variance, leads = _variance(told)
    found = told.solved.possible
    sd = variance.sd(leads) * _left(told)
    return Explained(
        asked=asked,
        unit="share",
        value=found.p_target,
        shown=found.p_target,
        parts=kept(_shares(told, variance, leads)) if sd else (),
        facts={"expected": found.expected, "sd": sd, "target": told.solved.goal.target},
    )


def p80(told: Told, asked: Asked) -> Explained:
    """What is exceeded four years of five: the expected, less a reserve for bad luck."""
    found = told.solved.possible
    variance, leads = _variance(told)
    return Explained(
        asked=asked,
        unit="money",
        value=found.p80_revenue,
        shown=three_digits(found.p80_revenue),
        parts=kept(
            [
                Part("expected", found.expected),
                Part("reserve", found.p80_revenue - found.expected),
            ]
        ),
        facts={"expected": found.expected, "sd": variance.sd(leads) * _left(told)},
    )


def _left(told: Told) -> float:
    """The share of the revenue to come that waiting leaves."""
    within = told.solved.within
    return 1.0 if within is None else within.program.left.year


def _variance(told: Told) -> tuple[QuadraticVariance, float]:
    """With the leads, or the revenue of the leads, that it is a function of."""
    solved, within = told.solved, told.solved.within
    window, goal = solved.window, solved.goal
    certain = goal.certain_revenue(window)
    if within is None:
        outlook, weights = told.published.outlook, goal.weights(window)
        variance = year_variance(solved.funnel.law, outlook, window, weights, certain)
        return variance, solved.solution.leads
    kernels = reduce_segments(within.segments, within.means.effort, window)
    leads, in_plan = within.program.segment_leads, window.in_plan
    return odds_of(kernels, solved.funnel.law, leads, float(certain @ in_plan), in_plan)


def _shares(told: Told, variance: QuadraticVariance, leads: float) -> list[Part]:
    whole = variance.sd(leads) ** 2
    luck = min(variance.luck + variance.luck_slope * leads, whole)
    moved = variance.mean(leads) - variance.certain
    shock = min(float(np.expm1(told.solved.funnel.law.shock_sd**2)) * moved**2, whole - luck)
    parts = {"luck": luck, "rates": whole - luck - shock, "shock": shock}
    return [Part(name, value / whole) for name, value in parts.items()]


ABOUT: dict[str, Callable[[Told, Asked], Explained]] = {"p_target": chance, "p80": p80}
