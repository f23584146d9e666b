from rest_framework.routers import SimpleRouter

from pipeline.api import views


def register(router: SimpleRouter) -> None:
    router.register("pipelines", views.PipelineViewSet)
    router.register("stages", views.StageViewSet)
    router.register("opportunities", views.OpportunityViewSet)
    router.register("lost-reasons", views.LostReasonViewSet)
    router.register("stage-changes", views.StageChangeViewSet)
    router.register("estimates", views.EstimateViewSet)
