"""Changes of people and teams by an admin."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.services.preferences import follow_preferences
from core.services.records import delete_record, update_record
from core.services.versions import changed_fields

OWN_ACCESS = ("role", "is_active")


def update_user(user: User, *, by: User, **fields: Any) -> User:
    """Change what is known of a colleague; nobody can lock themselves out."""
    if user.pk == by.pk:
        for name in OWN_ACCESS:
            if name in fields and fields[name] != getattr(user, name):
                raise ValidationError({name: _("Ask another administrator to change your own.")})
    with transaction.atomic():
        changed = changed_fields(user, fields)
        update_record(user, by=by, **fields)
        follow_preferences(user, changed)
    return user


@transaction.atomic
def delete_team(team: Team, *, by: User) -> None:
    """Delete a team that nobody is in and that has no teams below."""
    if team.members.exists() or Team.objects.filter(parent=team).exists():
        raise ValidationError(_("Move its members and the teams below first."))
    delete_record(team, by=by)
