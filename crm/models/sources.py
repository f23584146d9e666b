from django.db import models
from django.utils.translation import gettext_lazy as _

from core.vocabulary import Named


class Source(Named, models.Model):
    """The channel a customer or a deal came through."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
