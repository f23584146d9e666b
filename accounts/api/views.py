from typing import Any

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import TeamFilter, UserFilter
from accounts.api.invitations import InvitationSerializer, told
from accounts.api.serializers import TeamSerializer, UserCreateSerializer, UserSerializer
from accounts.models import Invitation, Role, Team, User
from accounts.models.users import UserQuerySet
from accounts.services.invitations import invite_again, invite_user
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

    def get_queryset(self) -> UserQuerySet:
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

    def required_scope(self, method: str) -> str:
        return self.write_scope if self.action == "invitation" else super().required_scope(method)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def invitation(self, request: Request, pk: int) -> Response:
        """How far the letter has got by which somebody is to come in.

        POST sends a new one, and the link of the one before no longer works. Who has come in
        already has none.
        """
        person = get_object_or_404(self.get_queryset().invited(), pk=pk)
        if request.method == "POST":
            if not person.is_active:
                raise ValidationError(_("Somebody who is locked cannot be invited."))
            address = request.build_absolute_uri("/")
            return Response(told(invite_again(person, by=self.caller, base_url=address)))
        return Response(told(Invitation.objects.with_letters().filter(user=person)[0]))


class TeamViewSet(PlainRecords):
    """The tree of teams."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    ordering = ("name",)
    ordering_fields = ("name",)

    def delete_object(self, obj: Team) -> None:
        delete_team(obj, by=self.caller)
