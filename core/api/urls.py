from rest_framework.routers import SimpleRouter

from core.api import views


def register(router: SimpleRouter) -> None:
    router.register("exchange-rates", views.ExchangeRateViewSet)
    router.register("imports", views.ImportViewSet)
    router.register("jobs", views.JobViewSet)
