from django.urls import path
from rest_framework.routers import SimpleRouter

from planning.api import job_roles, means, views


def register(router: SimpleRouter) -> None:
    router.register("plans", views.PlanViewSet)
    router.register("job-roles", job_roles.JobRoleViewSet)
    router.register("staff", means.StaffViewSet)
    router.register("channels", means.ChannelViewSet)
    router.register("holidays", means.HolidayViewSet)


urlpatterns = [
    # Under a pipeline's address, but planning knows how to forecast.
    path(
        "pipelines/<int:pk>/forecast/",
        views.ForecastViewSet.as_view({"get": "retrieve"}),
        name="pipeline-forecast",
    ),
]
