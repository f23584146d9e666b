from django.urls import path
from rest_framework.routers import SimpleRouter

from pipeline.api import views
from pipeline.api.files import FileViewSet
from pipeline.api.funnels import FunnelViewSet
from pipeline.api.hand_overs import HandOverViewSet
from pipeline.api.model_card import ModelCardViewSet
from pipeline.api.own_chances import OwnScoresViewSet
from pipeline.api.plays import PlayViewSet


def register(router: SimpleRouter) -> None:
    router.register("pipelines", views.PipelineViewSet)
    router.register("stages", views.StageViewSet)
    router.register("opportunities", views.OpportunityViewSet)
    router.register("plays", PlayViewSet)
    router.register("files", FileViewSet)
    router.register("hand-overs", HandOverViewSet)
    router.register("lost-reasons", views.LostReasonViewSet)
    router.register("stage-changes", views.StageChangeViewSet)
    router.register("estimates", views.EstimateViewSet)


urlpatterns = [
    path(
        "pipelines/<int:pk>/model-card/",
        ModelCardViewSet.as_view({"get": "retrieve", "post": "create"}, basename="model-card"),
        name="pipeline-model-card",
    ),
    path(
        "pipelines/<int:pk>/own-chances/",
        OwnScoresViewSet.as_view({"get": "retrieve"}, basename="own-chances"),
        name="pipeline-own-chances",
    ),
    *(
        path(
            f"pipelines/<int:pk>/{name}/",
            FunnelViewSet.as_view({"get": name}, basename="funnel"),
            name=f"pipeline-{name}",
        )
        for name in ("dwell", "trend", "compare", "stays")
    ),
]
