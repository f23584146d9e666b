from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models import File
from pipeline.models.opportunities import Opportunity


class DealFile(models.Model):
    """A file that is kept with a deal."""

    file = models.OneToOneField(File, on_delete=models.CASCADE, related_name="deal_link")
    opportunity = models.ForeignKey(
        Opportunity, verbose_name=_("deal"), on_delete=models.PROTECT, related_name="file_links"
    )

    class Meta:
        verbose_name = _("file of a deal")
        verbose_name_plural = _("files of deals")

    def __str__(self) -> str:
        return str(self.file)
