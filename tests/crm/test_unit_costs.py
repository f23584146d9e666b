"""What one has cost, and when that cannot be said."""

from decimal import Decimal

import pytest
from scipy.stats import poisson

from crm.unit_costs import ENOUGH, Lacks, unit_cost


@pytest.mark.parametrize("n", [ENOUGH, 12, 60, 700])
def test_the_band_holds_the_counts_that_would_be_seen_four_times_of_five(n):
    found = unit_cost(Decimal(100_000), n)
    most, fewest = (float(100_000 / edge) for edge in (found.low80, found.high80))
    assert found.low80 < found.value < found.high80
    assert poisson.cdf(n, most) == pytest.approx(0.1, abs=1e-3)
    assert poisson.sf(n - 1, fewest) == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize(
    ("cost", "n", "lacks"),
    [
        (None, 50, Lacks.COST),
        (Decimal(9), 0, Lacks.CASES),
        (Decimal(9), ENOUGH - 1, Lacks.MORE_CASES),
        (None, 0, Lacks.COST),
    ],
)
def test_without_cost_or_cases_there_is_no_figure(cost, n, lacks):
    found = unit_cost(cost, n)
    assert (found.value, found.low80, found.n, found.lacks) == (None, None, n, lacks)


def test_what_costs_nothing_costs_nothing_each():
    assert unit_cost(Decimal(0), 9).value == 0
