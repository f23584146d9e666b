from typing import Any

from django.db.models import QuerySet

from accounts.api.filters import TeamFilter, UserFilter
from accounts.api.serializers import TeamSerializer, UserCreateSerializer, UserSerializer
from accounts.models import Role, Team, User
from accounts.services.invitations import invite_user
from accounts.services.people import delete_team, update_user
from core.api.viewsets import Changing, PlainRecords


class UserViewSet(Changing):
    """Who works here. POST invites by email; nobody is deleted, set `is_active` to false."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    create_serializer_class = UserCreateSerializer
    filterset_class = UserFilter
    write_scope = "admin"
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    ordering = ("name",)
    ordering_fields = ("name", "date_joined")

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.visible_to(self.caller)

    def create_object(self, fields: dict[str, Any]) -> User:
        invited = invite_user(
            **{"role": Role.REP, "team": None} | fields,
            by=self.caller,
            base_url=self.request.build_absolute_uri("/"),
        )
        return invited.user

    def update_object(self, obj: User, fields: dict[str, Any]) -> None:
        update_user(obj, by=self.caller, **fields)


class TeamViewSet(PlainRecords):
    """The tree of teams."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    ordering = ("name",)
    ordering_fields = ("name",)

    def delete_object(self, obj: Team) -> None:
        delete_team(obj, by=self.caller)
