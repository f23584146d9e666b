from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planning.engine import Goal, OpenStays, PlanWindow, solve
from planning.engine.closed_form import year_variance
from planning.engine.expected import look_ahead
from planning.engine.law_changes import (
    at_pace,
    promotions,
    with_amounts,
    with_pace,
    with_promotion,
    with_promotions,
)
from planning.engine.takes import Standing, what_it_takes
from planning.engine.worth import worth_of_earlier_leads, year_worth
from tests.planning.engine.funnels import funnel, open_stays, with_value_law
from tests.planning.engine.test_chance import YEAR, law_with

MID_YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 5, 18))
AHEAD = PlanWindow.of_year(date(2002, 1, 1), date(2001, 9, 10))
EARLY = PlanWindow.of_year(date(2002, 1, 1), date(2001, 9, 10), lead=True)


def standing(*, law=None, deals=50, window=YEAR, share=0.8, confidence=80, **goal):
    """A plan whose leads are `share` of what its goal takes."""
    law = law_with(0.1) if law is None else law
    stays = open_stays(law, deals)
    goal = Goal(600_000.0, confidence, **goal)
    leads = solve(law, stays, window, goal).new_leads * share
    return Standing(law, stays, window, goal, leads)


def by_lever(takes):
    return {(take.lever, take.stage): take for take in takes}


@pytest.mark.parametrize("window", [YEAR, MID_YEAR, AHEAD, EARLY])
@pytest.mark.parametrize("by_value", [False, True])
def test_the_short_way_to_the_worth_of_a_year_is_that_of_the_whole_outlook(window, by_value):
    law = funnel(direct_per_month=np.array([0, 1.0, 0, 2.0]), back=0.2, shock_sd=0.1)
    law = with_value_law(law) if by_value else law
    stays, before = open_stays(law), np.array([3.0, 0, 1, 0])
    leads, certain = np.linspace(1, 20, window.months), np.full(window.months, 10.0)
    outlook = look_ahead(law, stays, window, before)
    long = year_variance(law, outlook, window, leads, certain)
    short = year_worth(law, stays, window, leads, certain, before)
    for name, value in vars(long).items():
        assert getattr(short, name) == pytest.approx(value, rel=1e-9), name


def changed(plan, take):
    """The law and the stays once a lever is set."""
    law, stays = plan.law, plan.stays
    if take.lever == "amount":
        return with_amounts(law, take.value), stays
    if take.lever == "promotion":
        return with_promotion(law, take.stage, factor=take.value), stays
    if take.lever == "promotions":
        return with_promotions(law, np.full(len(law.stages), take.value)), stays
    if take.lever == "pace":
        return with_pace(law, take.value), at_pace(stays, take.value)
    return law, stays


@pytest.mark.parametrize("confidence", [50, 80, 90])
@pytest.mark.parametrize("by_value", [False, True])
def test_every_lever_alone_reaches_the_target_and_hardly_more(confidence, by_value):
    law = with_value_law(law_with(0.1)) if by_value else law_with(0.1)
    plan = standing(law=law, confidence=confidence, share=0.9)
    takes = what_it_takes(plan)
    assert [take.lever for take in takes] == (
        ["amount"] + ["promotion"] * 4 + ["promotions", "pace", "leads", "start"]
    )
    for take in takes[:-1]:
        assert take.code == "enough", take
        law, stays = changed(plan, take)
        leads = plan.new_leads * (take.value if take.lever == "leads" else 1)
        certain = plan.goal.certain_revenue(YEAR)
        variance = year_variance(law, look_ahead(law, stays, YEAR), YEAR, leads, certain)
        secured = variance.secured_with(plan.goal.chance, 1.0)
        assert 600_000 * (1 - 1e-8) <= secured <= 600_000 * 1.001, take
        assert take.chance == pytest.approx(variance.chance_of(600_000, 1.0), abs=1e-6)


def test_levers_say_what_they_move_from_and_to():
    plan = standing(share=0.9)
    takes = by_lever(what_it_takes(plan))
    stage = takes["promotion", 1]
    assert stage.before == pytest.approx(promotions(plan.law)[1])
    assert stage.after == pytest.approx(stage.before * stage.value)
    overall = takes["promotions", None]
    assert overall.before == pytest.approx(plan.law.success[0])
    assert overall.after > overall.before
    leads = takes["leads", None]
    assert leads.value == pytest.approx(1 / 0.9, rel=1e-3)
    assert leads.after == pytest.approx(plan.new_leads.sum() / 12 / 0.9, rel=1e-3)
    assert takes["pace", None].value < 1 < takes["amount", None].value


def test_a_plan_that_reaches_its_target_takes_nothing():
    for take in what_it_takes(standing(share=1.1)):
        assert (take.code, take.value) == ("reached", 0.0 if take.lever == "start" else 1.0)


def test_what_is_far_away_says_how_near_the_bound_comes():
    plan = standing(share=0.02, deals=0)
    takes = by_lever(what_it_takes(plan))
    for lever in ("amount", "pace", "leads", "start"):
        take = takes[lever, None]
        assert (take.code, take.value) == ("not_enough", None)
        assert 0 <= take.chance < 0.8
    last = takes["promotion", 3]
    assert last.after == pytest.approx(0.95), "all but those who move back"


def test_a_funnel_that_never_won_has_no_lever():
    law = funnel(wins=np.zeros_like(funnel().wins), amount_per_win=float("nan"))
    plan = Standing(law, open_stays(law), YEAR, Goal(1e6, 80), np.full(12, 10.0))
    for take in what_it_takes(plan):
        assert (take.code, take.value, take.chance) == ("no_history", None, 0.0)


def test_a_year_that_is_over_can_no_longer_be_helped():
    past = PlanWindow.of_year(date(2001, 1, 1), date(2002, 3, 1))
    plan = Standing(funnel(), open_stays(funnel()), past, Goal(1e6), np.zeros(12))
    assert {take.code for take in what_it_takes(plan)} == {"not_enough"}


def test_one_stage_and_no_pipeline_are_answered():
    law = funnel(stages=1, win=0.2)
    plan = standing(law=law, deals=0)
    assert {take.code for take in what_it_takes(plan)} <= {"enough", "too_late", "not_enough"}


def test_an_earlier_start_can_still_be_made_or_has_passed():
    for window, code in ((AHEAD, "enough"), (YEAR, "too_late")):
        plan = standing(window=window, deals=0, share=0.93)
        take = by_lever(what_it_takes(plan))["start", None]
        assert take.code == code
        assert 1 <= take.value <= 3
        # One month less would not have been enough.
        extra = plan.leads_per_month * worth_of_earlier_leads(plan.law, window, 12)
        slope = plan.worth.slope
        for months, reached in ((int(take.value) - 1, False), (int(take.value), True)):
            worth = plan.worth.times((slope + extra[:months].sum()) / slope)
            assert worth.reaches(600_000, 1.0, 0.8) == reached


def test_an_earlier_start_at_the_pace_that_is_assumed_anyway_brings_nothing():
    plan = standing(window=AHEAD, deals=0, share=0.9)
    goal = replace(plan.goal, before_per_month=np.array([plan.leads_per_month, 0, 0, 0]))
    with_leads = Standing(plan.law, OpenStays.none(), AHEAD, goal, plan.new_leads * 0.5)
    goal = replace(goal, before_per_month=np.array([with_leads.leads_per_month, 0, 0, 0]))
    same = Standing(plan.law, OpenStays.none(), AHEAD, goal, with_leads.new_leads)
    assert by_lever(what_it_takes(same))["start", None].code == "not_enough"


def test_worth_of_earlier_leads_is_that_of_leads_in_earlier_months():
    law = funnel()
    earlier = worth_of_earlier_leads(law, AHEAD, 3)
    kernels = look_ahead(law, OpenStays.none(), EARLY).per_lead
    expected = kernels.revenue[:4] @ EARLY.in_plan
    # Months here are equally long, there those of the calendar.
    np.testing.assert_allclose(earlier, expected[:0:-1], rtol=0.03)
