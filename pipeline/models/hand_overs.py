from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.models import Customer

NOBODY = 0
"""The id of a receiver where a customer was given to nobody."""


class HandOverQuerySet(models.QuerySet["HandOver"]):
    def visible_to(self, user: User) -> "HandOverQuerySet":
        """Those of people whose records ``user`` may see."""
        if user.is_admin:
            return self
        seen = User.objects.whose_records_are_visible_to(user).values("pk")
        return self.filter(giver__in=seen)

    def undoable_by(self, user: User) -> "HandOverQuerySet":
        """Whoever gave something may take it back; managers what people of theirs gave."""
        own = self.filter(by=user)
        return own | self.visible_to(user) if user.is_manager else own

    def standing(self) -> "HandOverQuerySet":
        """Those that may still be undone."""
        since = timezone.now() - HandOver.UNDONE_WITHIN
        return self.filter(undone_at__isnull=True, at__gte=since)

    def of_customer(self, customer: Customer) -> "HandOverQuerySet":
        """Those that gave a customer alone, with what went along, to who has it now."""
        to = str(customer.owner_id or NOBODY)
        # Who handed over all they held may have held one customer; that names campaigns too.
        alone = self.filter(moved__customers={to: [customer.pk]})
        return alone.exclude(moved__has_key="campaigns")


class HandOver(models.Model):
    """All that one person held, given to others at once; or a customer with what went along.

    ``moved`` is {noun: {receiver's id: ids of the rows that went there}}, the nouns being
    ``customers``, ``deals``, ``activities`` and ``campaigns``. 0 receives what is nobody's.
    """

    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("giver"),
        on_delete=models.PROTECT,
        related_name="hand_overs",
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(help_text="Real time: a day to undo it is a day of people.")
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    UNDONE_WITHIN = timedelta(days=1)

    objects = HandOverQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")

    def __str__(self) -> str:
        return f"{self.giver} {self.at:%Y-%m-%d}"

    def count(self, noun: str) -> int:
        return sum(len(ids) for ids in self.moved.get(noun, {}).values())

    @property
    def receiver_ids(self) -> list[int]:
        return sorted({int(pk) for of in self.moved.values() for pk in of})
