from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models.imports import ImportBatch

M = TypeVar("M", bound="HistoryRow")


class HistoryQuerySet(models.QuerySet[M]):
    """Rows of an append-only history."""

    def live(self) -> "HistoryQuerySet[M]":
        """Rows that hold: not voided by a correction, an undo or an undone import."""
        return self.filter(voided_by__isnull=True)

    def known_at(self, as_of: datetime) -> "HistoryQuerySet[M]":
        """What was held to be true just before ``as_of``: later corrections undo none of it.

        What was told late is unknown until then; what was undone by hand held until then.
        """
        told = Q(known_from__isnull=True) | Q(known_from__lt=as_of)
        held = Q(voided_by__isnull=True) | Q(voided_at__gte=as_of)
        return self.filter(told, held, at__lt=as_of)

    def told_before(self, as_of: datetime) -> "HistoryQuerySet[M]":
        """What was held to be true at some instant up to ``as_of``, also if it is no longer."""
        told = Q(known_from__isnull=True) | Q(known_from__lt=as_of)
        held = Q(voided_by__isnull=True) | Q(voided_at__isnull=False)
        return self.filter(told, held, at__lt=as_of)

    def delete(self) -> Any:
        raise TypeError("History is append-only: void the rows instead.")


class HistoryRow(models.Model):
    """A fact with its business instant and the real instant of recording.

    Never updated or deleted. A correction inserts a row and voids another; what is withdrawn
    without a successor is voided by itself. ``known_from`` is empty where the fact was known
    from ``at`` on, as imported facts are; ``voided_at`` is empty where a voided row never held.
    """

    at = models.DateTimeField(help_text="Business time.")
    known_from = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    recorded_at = models.DateTimeField(auto_now_add=True, help_text="Real time.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Without an index: nearly every row has none, and a planner that trusts it reads them all.
    voided_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    voided_at = models.DateTimeField(null=True, blank=True, help_text="Business time of an undo.")
    import_batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("History is append-only: void the row instead.")
