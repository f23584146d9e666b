"""The estimator that is judged follows a fallen level by what each origin knew of it."""

import logging

import numpy as np

from pipeline.estimation import backtest, law_of_history, law_of_late, months_in
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate
from tests.pipeline.estimation.turns import weaken

figures = logging.getLogger(__name__)

UTC = months_in("UTC")


def too_high(seed, law):
    """By how much the wins of open deals were over-forecast at the last origins but two."""
    rng = np.random.default_rng(seed)
    moves = weaken(simulate(rng, growth=0.3, surge=0.0), rng, 0.4, since=600)
    card = backtest(moves, STAGES, as_of=AS_OF, month_of=UTC, law_of=law)
    windows = card.wins.open.windows[-6:-2]
    return sum(w.forecast for w in windows) / sum(w.actual for w in windows) - 1


def test_after_a_fall_the_level_of_late_is_nearer():
    seeds = range(4)
    late = np.mean([too_high(seed, law_of_late(UTC)) for seed in seeds])
    ever = np.mean([too_high(seed, law_of_history) for seed in seeds])
    figures.info(f"forecast too high by {late:+.1%}, of all history {ever:+.1%}")
    assert ever > 0.2
    assert abs(late) < 0.7 * ever
