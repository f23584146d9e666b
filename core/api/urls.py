from rest_framework.routers import SimpleRouter

from core.api import views
from core.api.notices import NotificationViewSet
from core.api.search import SearchViewSet


def register(router: SimpleRouter) -> None:
    router.register("exchange-rates", views.ExchangeRateViewSet)
    router.register("imports", views.ImportViewSet)
    router.register("jobs", views.JobViewSet)
    router.register("notifications", NotificationViewSet, basename="notification")
    router.register("search", SearchViewSet, basename="search")
