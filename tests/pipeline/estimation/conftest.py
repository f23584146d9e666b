import numpy as np
import pytest

from tests.pipeline.estimation.backtests import always, tell
from tests.pipeline.estimation.simulation import simulate


@pytest.fixture(scope="session")
def surge():
    """A history with a fourfold year."""
    return simulate(np.random.default_rng(5))


@pytest.fixture(scope="session")
def surge_backtest(surge):
    """Its backtest, with amounts."""
    worth = np.random.default_rng(1).lognormal(8, 1, 4000)
    return tell(surge, amount_at=always(worth[surge.subject]))
