"""The plan with limits: what it buys and whom it hires is what it says it is."""

from dataclasses import replace

import numpy as np
import pytest

from planning.engine import Goal, OpenStays, simulate
from planning.engine.means import InvalidMeans, Limits, Tiers, Workforce
from planning.engine.program import plan_within
from planning.engine.segments import look_ahead_in
from planning.engine.sizing import Aim
from tests.planning.engine.companies import (
    AHEAD,
    MID_YEAR,
    YEAR,
    company,
    fixed_revenue,
    part_of_the_way,
)

AIMS = [Aim(), Aim("revenue"), Aim("profit", margin=0.5), Aim(whole_hires=True)]


@pytest.mark.parametrize("aim", [AIMS[0], AIMS[3]])
@pytest.mark.parametrize("window", [YEAR, MID_YEAR, AHEAD])
def test_a_plan_simulated_forward_brings_its_own_revenue(window, aim):
    firm = company(seed=4, window=window)
    plan = firm.plan(part_of_the_way(firm, 0.8), aim, already_won=7_000.0)
    courses = [
        simulate(law, stays, window, leads)
        for law, stays, leads in zip(firm.laws, firm.stays, plan.segment_leads, strict=True)
    ]
    certain = Goal(1.0, already_won=7_000.0).certain_revenue(window)
    assert plan.leads.sum() > 0
    revenue = sum(course.revenue for course in courses)
    assert plan.revenue - certain == pytest.approx(revenue, rel=1e-6, abs=1e-3)
    assert plan.expected == pytest.approx((revenue + certain) @ window.in_plan, rel=1e-6)
    assert plan.wins == pytest.approx(sum(course.wins for course in courses), rel=1e-6, abs=1e-8)
    entries = sum(course.entries for course in courses)
    assert plan.entries == pytest.approx(entries, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("seed", range(2))
def test_a_plan_keeps_to_every_limit(seed, aim):
    firm = company(seed)
    budget = firm.means.limits.budget
    firm = firm.having(
        limits={
            "budget_by_month": np.full(12, budget / 9),
            "channel_budget": {"channel 0": np.full(12, budget / 40)},
        }
    )
    plan = firm.plan(part_of_the_way(firm, 0.9), aim)
    team, sources = firm.means.workforce, firm.means.tiers
    busy = plan.hours_needed - plan.overtime - plan.unserved
    assert np.all(busy <= 0.9 * plan.hours_available + 0.01)
    assert np.all(plan.leads <= sources.most + 1e-6)
    assert np.all(plan.hires <= team.most_hires + 1e-6)
    assert np.all(plan.overtime <= team.overtime_share[:, None] * team.available + 1e-6)
    assert plan.spend.sum() == pytest.approx((plan.leads.T @ sources.cost).sum())
    assert plan.spend.sum() <= budget * (1 + 1e-6)
    assert np.all(plan.spend.sum(axis=0) <= budget / 9 * (1 + 1e-6))
    assert np.all(plan.spend[:2].sum(axis=0) <= budget / 40 * (1 + 1e-6))


def test_money_is_spent_before_its_leads_come():
    plan = company(seed=4).plan(1e12)
    cost = company(seed=4).means.tiers.cost
    assert plan.spend[:, :-1] == pytest.approx(plan.leads[:, 1:] * cost[:, None], abs=1e-6)
    assert not plan.spend[:, -1].any()


def test_hours_are_those_of_all_entries_and_of_the_number_in_each_stage():
    firm = company(seed=2)
    plan = firm.plan(part_of_the_way(firm, 0.8))
    effort = firm.means.effort
    there = sum(
        segment.occupancy.fixed + np.einsum("m,mts->ts", leads, segment.occupancy.per_lead)
        for segment, leads in zip(firm.segments, plan.segment_leads, strict=True)
    )
    needed = effort.per_entry @ plan.entries + effort.per_month @ there.T
    assert plan.hours_needed == pytest.approx(needed)


def test_without_limits_the_cheapest_leads_are_those_that_bring_the_most_in_time():
    firm = company(seed=3, segments=1).having(
        tiers={"most": np.full((2, 12), np.inf), "cost": np.array([50.0, 80.0])},
        limits={"budget": None},
        effort={"per_entry": np.zeros((2, 4)), "per_month": np.zeros((2, 4))},
    )
    plan = firm.plan(3e6)
    worth = firm.segments[0].outlook.per_lead.revenue.sum(axis=1)
    gap = 3e6 - fixed_revenue(firm)
    assert plan.reachable == np.inf
    assert plan.leads.sum() == pytest.approx(gap / worth.max())
    assert plan.leads[0, worth.argmax()] == pytest.approx(plan.leads.sum())
    assert plan.target_price == pytest.approx(50 / worth.max())
    assert plan.limits == ()


@pytest.mark.parametrize("aim", AIMS)
def test_cost_and_profit_add_up(aim):
    firm = company(seed=4)
    plan = firm.plan(part_of_the_way(firm, 0.9), aim)
    team = firm.means.workforce
    cost = plan.spend.sum() + (plan.hires * team.hire_cost).sum() + team.payroll.sum()
    cost += team.overtime_cost @ plan.overtime.sum(axis=1)
    assert plan.cost == pytest.approx(cost)
    assert plan.profit == pytest.approx(aim.margin * plan.expected - cost)


def test_the_aims_are_each_best_at_their_own():
    firm = company(seed=4)
    target = part_of_the_way(firm, 0.5)
    cost, revenue, profit = (
        firm.plan(target, Aim(objective, margin=0.4)) for objective in ("cost", "revenue", "profit")
    )
    assert cost.cost < profit.cost < revenue.cost
    assert cost.profit < profit.profit > revenue.profit
    assert cost.expected == pytest.approx(target)
    assert target < profit.expected < revenue.expected
    assert revenue.expected == pytest.approx(revenue.reachable)


def test_profit_is_given_up_only_for_the_target():
    firm = company(seed=4).having(tiers={"cost": np.full(6, 1e5)}, limits={"budget": None})
    idle = firm.plan(0.0, Aim("profit"))
    assert idle.leads.sum() == 0
    asked = firm.plan(part_of_the_way(firm, 0.3), Aim("profit"))
    assert asked.leads.sum() > 0
    assert asked.target_price > 0


def test_whole_hires_are_whole_and_cost_little_more():
    firm = company(seed=4, people=2.0)
    target = part_of_the_way(firm, 0.9)
    parts, whole = firm.plan(target), firm.plan(target, Aim(whole_hires=True))
    assert parts.hires.sum() > 1
    assert whole.hires == pytest.approx(np.round(whole.hires))
    assert whole.expected == pytest.approx(target, rel=1e-5)
    assert whole.gap <= 1e-3
    assert parts.cost <= whole.cost + 1 < parts.cost * 1.1


def test_a_plan_for_eighty_percent_has_that_chance():
    firm = company(seed=4)
    target = part_of_the_way(firm, 0.5)
    even, safe = firm.plan(target), firm.plan(target, confidence=80)
    # Sized for the expectation, which is skewed to above the median.
    assert 0.45 < even.p_target <= 0.5
    assert safe.p_target == pytest.approx(0.8, abs=1e-4)
    assert safe.p80_revenue == pytest.approx(target, rel=1e-5)
    assert safe.cost > even.cost


def test_rates_known_too_little_for_the_confidence_are_said_to_be():
    firm = company(seed=4, success_log_sd=1.2)
    target = part_of_the_way(firm, 0.3)
    plan = firm.plan(target, confidence=90)
    assert plan.code == "too_little_history"
    assert plan.expected == pytest.approx(target)


def test_segments_share_the_uncertainty_of_the_common_law():
    firm = company(seed=4)
    goal = Goal(part_of_the_way(firm, 0.5), confidence=80)
    common = replace(firm.laws[0], success_log_sd=np.full(4, 0.4))
    spread, own = (
        plan_within(firm.segments, YEAR, firm.means, goal, common=law) for law in (common, None)
    )
    assert spread.expected > own.expected


def test_few_wins_are_no_ground_for_a_plan():
    firm = company(seed=4, wins_seen=6.0)
    assert firm.plan(part_of_the_way(firm, 0.3)).code == "too_little_history"


def test_a_plan_that_fills_everybodys_days_is_tight():
    firm = company(seed=4)
    target = part_of_the_way(firm, 0.6)
    assert firm.plan(target).code == "tight"
    plenty = {"available": firm.means.workforce.available * 20}
    relaxed = firm.having(workforce=plenty)
    assert relaxed.plan(target).code == "reachable"
    assert relaxed.plan(target).utilisation.max() < 0.85
    assert relaxed.plan(target, recent_per_month=1.0).code in ("tight", "unreachable")


def test_means_that_do_not_fit_are_refused():
    firm = company()
    with pytest.raises(InvalidMeans):
        firm.having(tiers={"segment": np.full(6, 3)}).plan(1e6)
    with pytest.raises(InvalidMeans):
        replace(firm, means=replace(firm.means, workforce=Workforce.none(12))).plan(1e6)


NOTHING = Tiers.none(12)
DEGENERATE = {
    "no roles": {"effort": (0, 4), "workforce": Workforce.none(12)},
    "no tiers": {"tiers": NOTHING},
    "neither": {"effort": (0, 4), "workforce": Workforce.none(12), "tiers": NOTHING},
}


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("target", [0.0, 1e6])
@pytest.mark.parametrize("case", DEGENERATE)
def test_a_plan_without_people_or_channels_is_answered(case, target, aim):
    firm, changes = company(seed=4), dict(DEGENERATE[case])
    if "effort" in changes:
        none = np.zeros(changes["effort"])
        changes["effort"] = replace(firm.means.effort, per_entry=none, per_month=none)
    firm = replace(firm, means=replace(firm.means, **changes))
    answered(firm.plan(target, aim), target)


def answered(plan, target):
    assert plan.code in ("reachable", "tight", "unreachable", "too_little_history")
    assert np.isfinite(plan.cost)
    assert np.isfinite(plan.expected)
    if plan.code in ("reachable", "tight"):
        assert plan.expected >= target * (1 - 1e-6)
    elif plan.code == "unreachable":
        assert plan.expected == pytest.approx(plan.reachable)


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("target", [0.0, 1e9])
@pytest.mark.parametrize(
    "changes",
    [
        {"workforce": {"most_hires": np.zeros((2, 12))}},
        {"workforce": {"available": np.zeros((2, 12)), "most_hires": np.zeros((2, 12))}},
        {"tiers": {"most": np.zeros((6, 12))}},
        {"tiers": {"cost": np.zeros(6)}},
        {"tiers": {"most": np.full((6, 12), np.inf)}},
        {"tiers": {"lead_months": np.full(6, 40)}},
        {"limits": {"budget": 0.0}},
        {"limits": {"budget": None}},
        {
            "limits": {"budget": None},
            "tiers": {"most": np.full((6, 12), np.inf)},
            "workforce": {"most_hires": np.full((2, 12), np.inf)},
        },
        {"effort": {"per_entry": np.zeros((2, 4)), "per_month": np.zeros((2, 4))}},
    ],
)
def test_means_at_their_extremes_are_answered(changes, target, aim):
    answered(company(seed=4).having(**changes).plan(target, aim), target)


@pytest.mark.parametrize("target", [0.0, 1e6])
@pytest.mark.parametrize(
    "law",
    [
        {"win": 0.0},
        {"forward": 0.0, "skip": 0.0, "back": 0.0},
        {"amount_per_win": 0.0},
        {"amount_per_win": float("nan")},
        {"stages": 1},
        {"mean_dwell": 2_000.0},
    ],
)
def test_funnels_at_their_extremes_are_answered(law, target):
    stages = law.get("stages", 4)
    firm = company(seed=4, **law).having(
        effort={"per_entry": np.ones((2, stages)), "per_month": np.ones((2, stages))}
    )
    for aim in AIMS:
        answered(firm.plan(target, aim), target)


def test_where_nothing_was_ever_won_there_is_too_little_history():
    assert company(seed=4, win=0.0, pipeline=0).plan(1e6).code == "too_little_history"


def test_a_year_that_has_passed_is_answered():
    past = replace(YEAR, edges=YEAR.edges - 400.0)
    firm = company(seed=4)
    segments = [look_ahead_in(law, OpenStays.none(), past) for law in firm.laws]
    plan = plan_within(segments, past, firm.means, Goal(1e6, already_won=2e5))
    assert plan.code == "unreachable"
    assert plan.expected == pytest.approx(2e5)
    assert plan.leads.sum() == plan.hires.sum() == 0


def test_a_target_below_what_comes_anyway_costs_nothing_new():
    firm = company(seed=4)
    plan = firm.plan(fixed_revenue(firm) * 0.9)
    assert plan.code in ("reachable", "tight")
    assert plan.leads.sum() == plan.hires.sum() == 0
    assert plan.target_price == 0
    assert plan.cost == pytest.approx(plan.payroll)


def test_budgets_without_end_limit_nothing():
    firm = company(seed=4)
    free = firm.having(
        limits={
            "budget": np.inf,
            "budget_by_month": np.full(12, np.inf),
            "channel_budget": {"channel 1": np.full(12, np.inf), "not used": np.zeros(12)},
        }
    )
    unlimited = replace(firm, means=replace(firm.means, limits=Limits(utilisation=0.9)))
    assert free.plan(1e12).expected == pytest.approx(unlimited.plan(1e12).expected)
