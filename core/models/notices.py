from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, user: Any) -> "NoticeQuerySet":
        return self.filter(user=user.pk)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """A message to one person that waits until it is read."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    code = models.CharField(max_length=50, help_text="Which sentence; the page translates it.")
    params = models.JSONField(default=dict)
    about = models.CharField(
        max_length=50, blank=True, help_text="What it tells of, such as activity:7."
    )
    url = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(help_text="Business time.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="Business time.")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        # A pinned clock stands still, and may be pinned to an earlier day.
        ordering = ["-id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["user", "read_at"]),
            models.Index(
                fields=["about"],
                condition=Q(read_at__isnull=True) & ~Q(about=""),
                name="notice_unread_about",
            ),
        ]

    def __str__(self) -> str:
        return self.code
