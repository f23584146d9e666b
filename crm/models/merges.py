from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.models.customers import Customer

UNDONE_WITHIN = timedelta(hours=24)


class CustomerMergeQuerySet(models.QuerySet["CustomerMerge"]):
    def visible_to(self, user: User) -> "CustomerMergeQuerySet":
        """The merges of which ``user`` may see both sides."""
        seen = Customer.objects.seen_by(user).values("pk")
        return self.filter(survivor__in=seen, merged__in=seen)

    def standing(self) -> "CustomerMergeQuerySet":
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)


class CustomerMerge(models.Model):
    """One customer that turned out to be another, and all it takes to part them again.

    ``journal`` (crm.merging.journal) holds the keys of the rows that went over to the survivor,
    and what the rows that had to give way said before. ``former_name`` is the survivor's before
    the merge, by which an import may still call it.
    """

    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    former_name = models.CharField(max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    merged_at = models.DateTimeField(help_text="Business time.")
    recorded_at = models.DateTimeField(auto_now_add=True, help_text="Real time.")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    journal: Any = models.JSONField(default=dict)

    objects = CustomerMergeQuerySet.as_manager()

    class Meta:
        ordering = ["-merged_at", "-id"]
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        constraints = [
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at__isnull=True),
                name="merged_into_one_customer",
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("merged")), name="merge_of_two_customers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"

    @property
    def undone_until(self) -> datetime:
        """The instant from which on it stays."""
        return self.merged_at + UNDONE_WITHIN

    def is_young(self, *, at: datetime) -> bool:
        """Whether there is still time to undo it."""
        return self.undone_at is None and at < self.undone_until
