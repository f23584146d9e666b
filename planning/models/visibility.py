"""Who sees what a plan may use: pay and prices are for those who plan."""

from typing import TypeVar

from django.db import models

from accounts.models import User

M = TypeVar("M", bound=models.Model)


class PlannersQuerySet(models.QuerySet[M]):
    def visible_to(self, user: User) -> "PlannersQuerySet[M]":
        return self if user.is_manager else self.none()
