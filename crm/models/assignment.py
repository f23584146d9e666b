"""Who gets a new lead: rules in an order, of which the first that fits decides."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from crm.models.sources import Source

PLACES = 100
"""The most names that a condition lists."""


def check_names(value: Any) -> None:
    """A list of short texts."""
    is_right = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if not is_right or len(value) > PLACES or any(not 0 < len(name) <= 100 for name in value):
        raise ValidationError(_("Give at most 100 names of at most 100 letters each."))


class AssignmentRule(models.Model):
    """A rule without conditions fits every lead.

    ``regions`` are names of regions or countries, ``industries`` of industries, as they stand with
    customers; case does not matter. ``last_person`` is who got a lead by this rule last, after whom
    the next one has the turn.
    """

    class How(models.TextChoices):
        PERSON = "person", _("one person")
        LOAD = "load", _("whoever of a team has the fewest unanswered leads")
        TURNS = "turns", _("the people of a team in turn")

    name = models.CharField(_("name"), max_length=100)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    sources = models.ManyToManyField(
        Source, verbose_name=_("sources"), blank=True, related_name="assignment_rules"
    )
    regions = models.JSONField(
        _("regions or countries"), default=list, blank=True, validators=[check_names]
    )
    industries = models.JSONField(
        _("industries"), default=list, blank=True, validators=[check_names]
    )
    how = models.CharField(_("who gets the lead"), max_length=10, choices=How.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    last_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(how="person", person__isnull=False, team__isnull=True)
                | (~Q(how="person") & Q(person__isnull=True, team__isnull=False)),
                name="rule_names_a_person_or_a_team",
                violation_error_message=_("Name the person, or else the team."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
