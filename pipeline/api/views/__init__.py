from pipeline.api.views.estimates import EstimateViewSet
from pipeline.api.views.history import StageChangeViewSet
from pipeline.api.views.opportunities import OpportunityViewSet
from pipeline.api.views.pipelines import LostReasonViewSet, PipelineViewSet, StageViewSet

__all__ = [
    "EstimateViewSet",
    "LostReasonViewSet",
    "OpportunityViewSet",
    "PipelineViewSet",
    "StageChangeViewSet",
    "StageViewSet",
]
