from django.urls import path
from rest_framework.routers import SimpleRouter

from planning.api import views


def register(router: SimpleRouter) -> None:
    router.register("plans", views.PlanViewSet)


urlpatterns = [
    # Under a pipeline's address, but planning knows how to forecast.
    path(
        "pipelines/<int:pk>/forecast/",
        views.ForecastViewSet.as_view({"get": "retrieve"}),
        name="pipeline-forecast",
    ),
]
