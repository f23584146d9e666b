"""How we sell."""

from pipeline.models.estimates import Estimate
from pipeline.models.history import AmountChange, StageChange
from pipeline.models.lost_reasons import LostReason
from pipeline.models.opportunities import Opportunity
from pipeline.models.pipelines import Pipeline, Stage

__all__ = [
    "AmountChange",
    "Estimate",
    "LostReason",
    "Opportunity",
    "Pipeline",
    "Stage",
    "StageChange",
]
