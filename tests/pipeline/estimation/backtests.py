"""Backtests of simulated histories."""

from pipeline.estimation import DAY
from pipeline.estimation.backtest import backtest
from tests.pipeline.estimation.simulation import AS_OF, STAGES

SURGE_BEGINS = 2 * 365 * DAY


def twelfth_of_year(at):
    """Months of equal length, so that the fourfold year is twelve of them."""
    return at * 12 // (365 * DAY)


def tell(moves, stages=STAGES, as_of=AS_OF, **options):
    return backtest(moves, stages, as_of=as_of, month_of=twelfth_of_year, **options)


def always(amount):
    """Amounts that were known from the first and never changed."""
    return lambda instant: amount


def at_surge(card):
    """What was forecast on the eve of the surge from leads that came."""
    return [window for window in card.given_leads.windows if window.origin == SURGE_BEGINS]
