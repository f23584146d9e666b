"""How we sell."""

from pipeline.models.backtests import Backtest
from pipeline.models.cube import BucketCell, CountedDeal, Cube, DealChange, MonthCell
from pipeline.models.estimates import Estimate
from pipeline.models.files import DealFile
from pipeline.models.hand_overs import HandOver
from pipeline.models.history import AmountChange, StageChange
from pipeline.models.lost_reasons import LostReason
from pipeline.models.opportunities import Opportunity
from pipeline.models.pipelines import Pipeline, Stage
from pipeline.models.plays import DealTick
from pipeline.models.probabilities import OwnProbability, standing_probability

__all__ = [
    "AmountChange",
    "Backtest",
    "BucketCell",
    "CountedDeal",
    "Cube",
    "DealChange",
    "DealFile",
    "DealTick",
    "Estimate",
    "HandOver",
    "LostReason",
    "MonthCell",
    "Opportunity",
    "OwnProbability",
    "Pipeline",
    "Stage",
    "StageChange",
    "standing_probability",
]
