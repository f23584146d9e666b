"""Prices of limits, each against what a little more of it brings."""

import time
from dataclasses import replace

import numpy as np
import pytest

from planning.engine.sizing import Aim
from tests.planning.engine.companies import company, part_of_the_way

SEEDS = range(2, 7)
AIMS = {
    "cost": Aim(),
    "profit": Aim("profit", margin=0.4),
    "revenue": Aim("revenue"),
}


def gained(plan, other, aim):
    """What the second plan has over the first of what the aim is about."""
    if aim == "revenue":
        return other.expected - plan.expected
    return other.profit - plan.profit if aim == "profit" else plan.cost - other.cost


def pressed(seed, aim):
    """A company asked for most of what it can reach."""
    firm = company(seed)
    return firm, part_of_the_way(firm, 0.85), AIMS[aim]


@pytest.mark.parametrize("confidence", [50, 80])
@pytest.mark.parametrize("aim", ["cost", "profit"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_price_of_the_target_is_what_a_little_more_of_it_costs(seed, aim, confidence):
    firm = company(seed)
    target, step = part_of_the_way(firm, 0.55), 20.0
    # With hardly a margin the target is more than profit alone would ask for.
    how = replace(AIMS[aim], margin=0.01)
    plan, less, more = (
        firm.plan(target + change, how, confidence=confidence) for change in (0, -step, step)
    )
    rise = gained(more, plan, aim) / step
    fall = gained(plan, less, aim) / step
    assert plan.code in ("reachable", "tight")
    assert plan.target_price > 0
    assert min(fall, rise) * 0.99 <= plan.target_price <= max(fall, rise) * 1.01


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_price_of_an_hour_is_what_one_more_brings(seed, aim):
    firm, target, how = pressed(seed, aim)
    plan = firm.plan(target, how)
    for limit in (limit for limit in plan.limits if limit.kind == "hours"):
        role = firm.means.workforce.roles.index(limit.name)
        for month in {limit.month, int(limit.by_month.argmax()), limit.last_month}:
            more = firm.means.workforce.available.copy()
            more[role, month] += 0.01 / 0.9
            # The cap of overtime, a tenth or less of the hours, grows with them.
            bigger = firm.having(workforce={"available": more})
            brought = gained(plan, bigger.plan(target, how), aim) / 0.01
            of_overtime = 0.1 / 0.9 * limit.by_month[month]
            assert limit.by_month[month] <= brought + 0.01 * limit.price + 0.1
            assert brought <= limit.by_month[month] + of_overtime + 0.01 * limit.price + 0.1


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_price_of_a_hire_is_what_the_hours_of_one_more_bring(seed, aim):
    firm, target, how = pressed(seed, aim)
    # Without overtime, whose cap would grow with the hours.
    firm = firm.having(workforce={"overtime_share": np.zeros(2)})
    plan, team, part = firm.plan(target, how), firm.means.workforce, 1e-4
    limits = [limit for limit in plan.limits if limit.kind == "hours"]
    assert limits
    for limit in limits:
        role = team.roles.index(limit.name)
        more = team.available.copy()
        more[role] += part * team.hire_hours[role, limit.hire_month]
        bigger = firm.having(workforce={"available": more})
        brought = gained(plan, bigger.plan(target, how), aim) / part
        assert brought == pytest.approx(limit.hire_price, rel=0.01, abs=20.0)


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_price_of_a_lead_is_what_one_more_brings(seed, aim):
    firm, target, how = pressed(seed, aim)
    plan = firm.plan(target, how)
    for limit in (limit for limit in plan.limits if limit.kind == "volume"):
        month = int(limit.by_month.argmax())
        most, worth = firm.means.tiers.most, []
        for tier in np.flatnonzero(firm.means.tiers.segment == limit.segment):
            bigger = most.copy()
            bigger[tier, month] += 0.01
            plan_1 = firm.having(tiers={"most": bigger}).plan(target, how)
            worth.append(gained(plan, plan_1, aim) / 0.01)
        if most[:, month].any():
            assert limit.price == pytest.approx(min(worth), rel=0.02, abs=0.5)
        else:
            assert limit.price == pytest.approx(max(worth), rel=0.02, abs=0.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_price_of_the_budget_is_what_one_more_unit_brings(seed):
    firm, target, how = pressed(seed, "revenue")
    plan = firm.plan(target, how)
    (price,) = (limit.price for limit in plan.limits if limit.kind == "budget")
    more = firm.having(limits={"budget": firm.means.limits.budget + 10.0}).plan(target, how)
    assert gained(plan, more, "revenue") / 10 == pytest.approx(price, rel=0.01)


def test_monthly_and_channel_budgets_are_named_with_their_months():
    firm = company(seed=4).having(
        limits={
            "budget": None,
            "budget_by_month": np.where(np.arange(12) < 3, 1_000.0, 1e6),
            "channel_budget": {"channel 2": np.full(12, 100.0)},
        }
    )
    limits = {limit.kind: limit for limit in firm.plan(1e12).limits}
    assert (limits["month_budget"].month, limits["month_budget"].last_month) == (0, 2)
    assert limits["channel_budget"].name == "channel 2"
    assert limits["channel_budget"].price > 0


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_asked_for_a_third_more_than_can_be_reached_the_answer_is_the_most(seed, whole):
    firm = company(seed)
    target = 1.3 * firm.plan(0.0).reachable
    start = time.perf_counter()
    plan = firm.plan(target, Aim(whole_hires=whole))
    assert time.perf_counter() - start < 2.0
    assert plan.code == "unreachable"
    assert plan.expected == pytest.approx(plan.reachable, rel=1e-6)
    assert plan.reachable == pytest.approx(target / 1.3, rel=2e-3)
    assert plan.limits
    assert plan.limits[0].price > 0
    assert plan.target_price is None
    assert plan.priced_in == "revenue"


def test_the_most_is_reached_at_the_least_cost():
    firm = company(seed=4)
    most = firm.plan(1e12)
    assert most.cost == pytest.approx(firm.plan(most.expected * (1 - 1e-7)).cost, rel=1e-3)


def test_hires_that_cannot_begin_in_time_are_named():
    firm = company(seed=4)
    hires = [limit for limit in firm.plan(1e12).limits if limit.kind == "hires"]
    assert [limit.month for limit in hires] == [0, 0]
    assert hires[0].price > 0
    free = firm.having(workforce={"most_hires": np.full((2, 12), np.inf)})
    assert not [limit for limit in free.plan(1e12).limits if limit.kind == "hires"]


def test_the_last_month_in_which_a_hire_still_pays_is_named():
    firm = company(seed=4)
    plan = firm.plan(part_of_the_way(firm, 0.9))
    hired = [np.flatnonzero(row > 1e-6) for row in plan.hires]
    assert all(months.size for months in hired)
    assert all(last >= months.max() for last, months in zip(plan.latest_hire, hired, strict=True))
    dear = firm.having(workforce={"hire_cost": np.full((2, 12), 1e9)})
    assert dear.plan(part_of_the_way(dear, 0.3)).latest_hire == (None, None)


def test_hours_short_without_any_new_lead_are_reported_and_the_plan_still_answers():
    firm = company(seed=4, pipeline=900)
    plan = firm.plan(1e12)
    overloads = [limit for limit in plan.limits if limit.kind == "overload"]
    assert plan.unserved[:, 0].min() > 0
    assert [limit.name for limit in overloads] == list(firm.means.workforce.roles)
    assert plan.limits[: len(overloads)] == tuple(overloads)
    # What is under way takes all hours of those who are there, not only nine tenths.
    brought = plan.hours_available - firm.means.workforce.available
    over = plan.hours_needed - firm.means.workforce.available - 0.9 * brought - plan.overtime
    short = plan.unserved > 0
    assert over[short] == pytest.approx(plan.unserved[short], abs=0.01)
    assert over[~short].max() <= 0.01
    assert plan.leads[:, -3:].sum() > 0


def test_people_are_hired_for_what_is_under_way():
    firm = company(seed=4, pipeline=900).having(
        workforce={"available": np.zeros((2, 12))}, tiers={"most": np.zeros((6, 12))}
    )
    plan = firm.plan(0.0)
    assert plan.code == "tight"
    assert plan.hires.sum() > 0
    none = firm.having(workforce={"most_hires": np.zeros((2, 12))}).plan(0.0)
    assert none.unserved == pytest.approx(none.hours_needed, abs=0.01)
    assert np.isinf(none.utilisation).any()


def test_limits_are_sorted_by_what_one_percent_more_brings():
    worth = [limit.percent for limit in company(seed=3).plan(1e12).limits]
    assert len(worth) > 2
    assert worth == sorted(worth, reverse=True)
