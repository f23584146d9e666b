from rest_framework.routers import SimpleRouter

from accounts.api import views
from accounts.api.calendars import CalendarAddressViewSet


def register(router: SimpleRouter) -> None:
    router.register("users", views.UserViewSet)
    router.register("teams", views.TeamViewSet)
    router.register("calendar-address", CalendarAddressViewSet, basename="calendar-address")
