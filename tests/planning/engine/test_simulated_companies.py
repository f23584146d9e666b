"""Plans made from nothing but a company's own history, and the years that then come."""

import numpy as np
import pytest

from bench.companies import live

COMPANIES = 100


@pytest.fixture(scope="module")
def told():
    return [live(seed) for seed in range(COMPANIES)]


def test_four_of_five_companies_reach_the_target_they_planned_for(told):
    assert 0.70 <= np.mean([each.hit >= 1 for each in told]) <= 0.90


def test_fewer_do_that_take_their_rates_for_known(told):
    assert np.mean([each.bold for each in told]) < np.mean([each.hit for each in told])
    assert sum(each.bold >= 1 for each in told) < sum(each.hit >= 1 for each in told)


def test_the_same_company_lives_the_same_year(told):
    assert live(0) == told[0]
