"""Who sees which records, said once for everything that has an owner."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from accounts.models import User

M = TypeVar("M", bound=models.Model)


class OwnedQuerySet(models.QuerySet[M]):
    """Rows with an ``owner`` and an ``archived_at``."""

    def visible_to(self, user: User) -> Self:
        """Own records, and those of people whose records ``user`` may see.

        Records without an owner are for managers and admins.
        """
        if user.is_admin:
            return self
        mine = Q(owner=user.pk)
        if user.record_team_ids:
            mine = Q(owner__in=User.objects.whose_records_are_visible_to(user).values("pk"))
        return self.filter(mine | Q(owner__isnull=True) if user.is_manager else mine)

    def current(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at__isnull=True)
