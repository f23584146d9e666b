"""New leads come in the shape of the year, as nearly as the plan's flexibility asks for."""

import numpy as np
import pytest

from planning.engine import simulate
from planning.engine.sizing import Aim
from tests.planning.engine.companies import AHEAD, MID_YEAR, YEAR, company, part_of_the_way

AIMS = {"cost": Aim(), "profit": Aim("profit", margin=0.4), "revenue": Aim("revenue")}
PEAKED = np.array([1, 1, 2, 4, 4, 2, 1, 1, 2, 3, 2, 1], float)


def shaped(seed=4, flexibility=0.5, **how):
    return company(seed, **how).having(limits={"flexibility": flexibility})


def with_room(firm, shape):
    """With people and channels for any month's share, so that the budget alone is a limit."""
    team, tiers = firm.means.workforce, firm.means.tiers
    return firm.having(
        workforce={"available": 20 * shape * team.available, "most_hires": 0 * team.most_hires},
        tiers={"most": 20 * shape * tiers.most},
    )


def shares(firm, shape):
    """Of the months that can have leads: channels deliver from the second open month on."""
    weights = shape * firm.window.open_share * (firm.means.tiers.most.sum(axis=0) > 0)
    return weights / weights.sum()


@pytest.mark.parametrize("shape", [np.ones(12), PEAKED])
@pytest.mark.parametrize("flexibility", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("aim", AIMS)
def test_the_leads_of_each_month_are_near_their_share(aim, flexibility, shape):
    firm = with_room(shaped(flexibility=flexibility), shape)
    plan = firm.plan(part_of_the_way(firm, 0.7), AIMS[aim], shape=shape)
    leads = plan.leads.sum(axis=0)
    by_shape = shares(firm, shape) * leads.sum()
    assert leads.sum() > 0
    assert np.all(leads <= (1 + flexibility) * by_shape + 1e-6)
    assert np.all(leads >= (1 - flexibility) * by_shape - 1e-6)


@pytest.mark.parametrize("window", [YEAR, MID_YEAR, AHEAD])
def test_a_shaped_plan_simulated_forward_brings_its_own_revenue(window):
    firm = shaped(window=window)
    plan = firm.plan(part_of_the_way(firm, 0.8))
    revenue = sum(
        simulate(law, stays, window, leads).revenue
        for law, stays, leads in zip(firm.laws, firm.stays, plan.segment_leads, strict=True)
    )
    assert plan.leads.sum() > 0
    assert plan.revenue == pytest.approx(revenue, rel=1e-6, abs=1e-3)
    assert not plan.leads[:, window.open_share == 0].any()


def test_the_shape_costs_and_takes_from_what_can_be_reached():
    free, loose, strict = company(4), shaped(), shaped(flexibility=0.0)
    target = part_of_the_way(strict, 0.9)
    plans = [firm.plan(target) for firm in (free, loose, strict)]
    assert plans[0].cost < plans[1].cost < plans[2].cost
    assert plans[0].reachable > plans[1].reachable > plans[2].reachable
    assert plans[0].leads[:, -1].sum() < plans[2].leads[:, -1].sum()


def gained(plan, other, aim):
    if aim == "revenue":
        return other.expected - plan.expected
    return other.profit - plan.profit if aim == "profit" else plan.cost - other.cost


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("seed", range(2, 5))
def test_the_price_of_the_shape_is_what_a_little_more_freedom_brings(seed, aim):
    step = 1e-5
    firm = shaped(seed, 0.3)
    target = part_of_the_way(firm, 0.6)
    less, plan, more = (
        shaped(seed, 0.3 + change).plan(target, AIMS[aim]) for change in (-step, 0.0, step)
    )
    price = 100 * sum(limit.percent for limit in plan.limits if limit.kind == "shape")
    rise, fall = (gained(*pair, aim) / step for pair in ((plan, more), (less, plan)))
    assert price > 0
    assert min(rise, fall) * 0.99 - 1 <= price <= max(rise, fall) * 1.01 + 1


@pytest.mark.parametrize("seed", range(2, 5))
def test_the_price_of_the_target_holds_in_a_shaped_year(seed):
    firm = shaped(seed, 0.3)
    target, step = part_of_the_way(firm, 0.55), 20.0
    less, plan, more = (firm.plan(target + change) for change in (-step, 0.0, step))
    rise, fall = (more.cost - plan.cost) / step, (plan.cost - less.cost) / step
    assert min(fall, rise) * 0.99 <= plan.target_price <= max(fall, rise) * 1.01


def short_in_march(share, flexibility, people=20.0):
    """No hires, and in one month only a share of the hours."""
    firm = shaped(flexibility=flexibility, people=people)
    hours = firm.means.workforce.available.copy()
    hours[:, 2] *= share
    return firm.having(workforce={"available": hours, "most_hires": np.zeros((2, 12))})


@pytest.mark.parametrize("flexibility", [0.0, 0.3, 0.5])
def test_a_month_without_hours_keeps_no_other_from_its_leads(flexibility):
    free, short = short_in_march(1.0, flexibility), short_in_march(0.0, flexibility)
    plan, of_free = short.plan(1e12), free.plan(1e12)
    after = slice(3, 12)
    assert plan.leads[:, after].sum() >= 0.95 * of_free.leads[:, after].sum() > 0
    assert not any(limit.name == "least" and limit.by_month[:3].any() for limit in plan.limits)


def test_a_month_with_little_room_holds_back_a_strict_year_and_is_named():
    plan = short_in_march(0.7, 0.0, people=8.0).plan(1e12)
    (least,) = (limit for limit in plan.limits if limit.name == "least")
    assert plan.code == "unreachable"
    assert least.by_month.argmax() <= 2
    assert least.percent > 0
    assert least.share.sum() == pytest.approx(1)


def test_months_to_which_the_shape_gives_nothing_have_no_leads():
    shape = np.where(np.arange(12) < 6, 1.0, 0.0)
    firm = shaped()
    plan = firm.plan(part_of_the_way(firm, 0.3), shape=shape)
    assert plan.leads[:, :6].sum() > 0
    assert plan.leads[:, 6:].sum() == pytest.approx(0, abs=1e-6)


def test_where_all_months_of_the_shape_have_passed_no_lead_can_come():
    shape = np.where(np.arange(12) < 3, 1.0, 0.0)
    plan = shaped(window=MID_YEAR).plan(1e7, shape=shape)
    assert plan.code == "unreachable"
    assert plan.leads.sum() == pytest.approx(0, abs=1e-6)


def test_whole_hires_keep_to_the_shape():
    firm = shaped(people=2.0)
    plan = firm.plan(part_of_the_way(firm, 0.8), Aim(whole_hires=True))
    leads = plan.leads.sum(axis=0)
    assert np.array_equal(plan.hires, np.round(plan.hires))
    assert np.all(leads[1:] <= 1.5 * leads.sum() / 11 * (YEAR.open_share[1:]) + 1e-6)
    assert plan.gap <= 1e-3
