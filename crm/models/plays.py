"""What the company does with whoever stands in a stage: its plays, together the playbook."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.vocabulary import label
from crm.models.customers import Customer


class Play(models.Model):
    """The strategy of one stage, of a ladder or of a pipeline; the stage points at it.

    ``templates`` are ``{kind, name, subject, text}``; ``must_know`` names fields of the customer,
    or of the deal (then the customer's as ``customer.<field>``).
    """

    advice = models.TextField(_("what to do"), blank=True)
    templates = models.JSONField(default=list, blank=True)
    must_know = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        verbose_name = _("play")
        verbose_name_plural = _("plays")

    def __str__(self) -> str:
        return self.words[:80]

    @property
    def words(self) -> str:
        """The advice as the reader sees it."""
        return label(self.advice)


class PlayItem(models.Model):
    """A line of a play's checklist. One that is taken out keeps its ticks."""

    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="items")
    text = models.CharField(_("text"), max_length=200)
    order = models.PositiveSmallIntegerField(_("order"))
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("line of a checklist")
        verbose_name_plural = _("lines of a checklist")

    def __str__(self) -> str:
        return label(self.text)


class Tick(models.Model):
    """A line of a checklist that was done, by whom and when."""

    item = models.ForeignKey(PlayItem, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(help_text="Business time.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.item)


class CustomerTick(Tick):
    """Done with a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ticks")

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [
            models.UniqueConstraint(fields=["customer", "item"], name="one_tick_per_customer"),
        ]


class Played(models.Model):
    """A stage with a play, and with what must be known to enter it."""

    play = models.OneToOneField(
        Play,
        verbose_name=_("play"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="%(app_label)s_%(class)s",
    )
    required_fields = models.JSONField(
        _("must be known to enter"), default=list, blank=True, editable=False
    )

    class Meta:
        abstract = True

    @property
    def current_play(self) -> Any:
        return self.play if self.play and self.play.archived_at is None else None
