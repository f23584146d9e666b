from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import ImportBatch
from crm.models.leads import Lead

LEADS = "leads"
"""The kind of their import runs."""


class LeadImportQuerySet(models.QuerySet["LeadImport"]):
    def visible_to(self, user: User) -> "LeadImportQuerySet":
        """One's own; an admin sees all."""
        return self if user.is_admin else self.filter(batch__requested_by=user)


class LeadImport(models.Model):
    """Rows of a file that a person has looked at: a worker makes leads of them."""

    batch = models.OneToOneField(ImportBatch, on_delete=models.CASCADE, related_name="leads")
    rows = models.JSONField(help_text="[{line, key, values}], the values by field, as texts.")
    # Rows that are left out, with the reason; the worker adds those that fail after all.
    left_out = models.JSONField(default=list, help_text="[[line, reason]]")
    done = models.PositiveIntegerField(default=0, help_text="Of the rows, or of those taken back.")
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True, help_text="Real time.")
    kept = models.PositiveIntegerField(default=0, help_text="Leads that stay: work has begun.")

    objects = LeadImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import of leads")
        verbose_name_plural = _("imports of leads")

    def __str__(self) -> str:
        return self.batch.file_name


class ImportedLead(models.Model):
    """That a row was imported, so that the same one comes in once, whichever file it stands in."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=64, unique=True)
    # Of two leads that are merged one goes; that its row was imported stays true.
    lead = models.ForeignKey(
        Lead, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["line"]
        verbose_name = _("imported lead")
        verbose_name_plural = _("imported leads")

    def __str__(self) -> str:
        return f"{self.batch} {self.line}"
