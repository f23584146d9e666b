from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import models

from core.models.imports import ImportBatch

M = TypeVar("M", bound="HistoryRow")


class HistoryQuerySet(models.QuerySet[M]):
    """Rows of an append-only history."""

    def live(self) -> "HistoryQuerySet[M]":
        """Rows that hold: not voided by a correction, an undo or an undone import."""
        return self.filter(voided_by__isnull=True)

    def known_at(self, as_of: datetime) -> "HistoryQuerySet[M]":
        return self.live().filter(at__lt=as_of)

    def delete(self) -> Any:
        raise TypeError("History is append-only: void the rows instead.")


class HistoryRow(models.Model):
    """A fact with its business instant and the real instant of recording.

    Never updated or deleted. A correction inserts a row and voids another; what is withdrawn
    without a successor is voided by itself.
    """

    at = models.DateTimeField(help_text="Business time.")
    recorded_at = models.DateTimeField(auto_now_add=True, help_text="Real time.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Without an index: nearly every row has none, and a planner that trusts it reads them all.
    voided_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    import_batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("History is append-only: void the row instead.")
