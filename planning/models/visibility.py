"""Who sees what a plan may use: pay and prices are for those who plan."""

from typing import TypeVar

from django.db import models

from accounts.models import Team, User

M = TypeVar("M", bound=models.Model)


class PlannersQuerySet(models.QuerySet[M]):
    def visible_to(self, user: User) -> "PlannersQuerySet[M]":
        return self if user.is_manager else self.none()


def teams_planned_by(user: User) -> models.QuerySet[Team]:
    """Teams whose plans ``user`` may see and make: any for an admin, a manager's own ones."""
    teams: models.QuerySet[Team] = Team.objects.all()
    return teams if user.is_admin else teams.filter(pk__in=user.team_ids if user.is_manager else [])
