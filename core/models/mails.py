from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, *, at: datetime) -> "MailQuerySet":
        """What is to be sent and that nobody is sending."""
        unheld = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
        return self.unsent().filter(unheld, not_before__lte=at)

    def unsent(self) -> "MailQuerySet":
        """What waits to be sent; what was given up no longer does."""
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)


class Mail(models.Model):
    """A letter that is to be sent, written in the transaction that causes it. Real time."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mails"
    )
    kind = models.CharField(_("kind"), max_length=20)
    to = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"))
    headers = models.JSONField(default=dict)
    # The same at every attempt: a letter that went out unnoticed is recognised as the same.
    message_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField(_("written"))
    not_before = models.DateTimeField(_("next attempt"))
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="mail_unsent",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
