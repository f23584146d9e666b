import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer

FOLDER = "attached"
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
SHOWN_INLINE = PICTURES | {"application/pdf"}


class FileQuerySet(models.QuerySet["File"]):
    def current(self) -> "FileQuerySet":
        return self.filter(archived_at__isnull=True)


def place_of(file: Any, name: str) -> str:
    """A name that tells nothing and that nobody can guess, in one of 256 folders."""
    key = uuid.uuid4().hex
    return f"{FOLDER}/{key[:2]}/{key}"


class File(models.Model):
    """A document kept with a customer, or with what a higher app links to it."""

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="files",
    )
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100, help_text="As found in the content.")
    content = models.FileField(upload_to=place_of, max_length=100)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(help_text="Business time.")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = FileQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type in PICTURES

    @property
    def has_preview(self) -> bool:
        return self.content_type in SHOWN_INLINE
