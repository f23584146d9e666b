from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode

from core.vocabulary import Named


class Team(Named, TreeNode):  # type: ignore[misc]  # the library has no types
    """A node of the company's tree of teams."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    shares_records = models.BooleanField(_("members see each other's records"), default=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="team_not_its_own_parent"),
        ]
