"""What a request may do: the scopes of its key, within what the role of its owner allows."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, User
from accounts.models.api_keys import Scope

OF_REP = frozenset({Scope.READ, Scope.WRITE})
OF_MANAGER = OF_REP | {Scope.PLAN}
OF_ADMIN = OF_MANAGER | {Scope.ADMIN}


def scopes_of_role(user: User) -> frozenset[str]:
    if user.is_admin:
        return OF_ADMIN
    return OF_MANAGER if user.is_manager else OF_REP


class HasScope(BasePermission):
    """The view's ``required_scope(method)`` is among the key's scopes and the owner's own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        needed = view.required_scope(request.method or "GET")
        if isinstance(request.auth, ApiKey) and needed not in request.auth.scopes:
            message = _("This needs a key with the scope “%(scope)s”.")
            raise PermissionDenied(message % {"scope": needed})
        if needed not in scopes_of_role(user):
            raise PermissionDenied(_("Your role does not allow this."))
        return True
