from rest_framework.routers import SimpleRouter

from accounts.api import views


def register(router: SimpleRouter) -> None:
    router.register("users", views.UserViewSet)
    router.register("teams", views.TeamViewSet)
