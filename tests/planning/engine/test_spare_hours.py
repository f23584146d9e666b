"""New leads fill people's hours up to a point; what is under way may take all of them."""

import numpy as np
import pytest

from planning.engine.means import UTILISATION, Limits
from tests.planning.engine.companies import company, part_of_the_way


def without_overtime(**workforce):
    return company(4).having(
        workforce={"overtime_share": np.zeros(2), "most_hires": np.zeros((2, 12))} | workforce,
        limits={"utilisation": UTILISATION},
    )


def test_a_spare_hour_in_twenty_is_left_unless_it_is_said_otherwise():
    assert Limits().utilisation == pytest.approx(0.95)
    plan = without_overtime().plan(1e12)
    assert plan.code == "unreachable"
    assert plan.utilisation.max() == pytest.approx(0.95)
    assert [limit for limit in plan.limits if limit.kind == "hours"]


def test_what_is_under_way_may_take_every_hour_and_nobody_is_hired_for_it():
    firm = without_overtime()
    under_way = firm.having(tiers={"most": np.zeros((6, 12))}).plan(0.0).hours_needed
    tight = without_overtime(
        available=under_way / 0.98, most_hires=firm.means.workforce.most_hires + 5.0
    )
    plan = tight.having(tiers={"most": np.zeros((6, 12))}).plan(0.0)
    assert plan.hires.sum() == pytest.approx(0, abs=1e-6)
    assert not plan.unserved.any()
    assert plan.utilisation == pytest.approx(0.98, abs=1e-3)
    assert plan.code == "tight"


def test_beside_what_takes_nearly_all_hours_no_new_lead_finds_any():
    firm = without_overtime()
    under_way = firm.having(tiers={"most": np.zeros((6, 12))}).plan(0.0).hours_needed
    plan = without_overtime(available=under_way / 0.96).plan(1e12)
    assert plan.leads.sum() == pytest.approx(0, abs=1e-3)
    assert not plan.unserved.any()


def test_a_plan_that_leaves_more_hours_spare_costs_more():
    firm = company(4)
    full = firm.having(limits={"utilisation": 1.0})
    target = part_of_the_way(firm, 0.7)
    assert full.plan(target).cost < firm.plan(target).cost
    assert full.plan(target).reachable > firm.plan(target).reachable
