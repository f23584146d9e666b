import hashlib
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User


class Scope(models.TextChoices):
    READ = "read", _("read")
    WRITE = "write", _("write")
    PLAN = "plan", _("plan")
    ADMIN = "admin", _("administer")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, *, at: datetime | None = None) -> "ApiKeyQuerySet":
        """Neither revoked nor expired, of a person who still works here."""
        at = at or timezone.now()
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        return self.filter(unexpired, revoked_at__isnull=True, user__is_active=True)


class ApiKey(models.Model):
    """An integrator's key: shown once, stored as its hash, acting for its owner within scopes."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100, blank=True)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}".strip()

    @staticmethod
    def digest_of(key: str) -> str:
        """SHA-256 is enough here: the key is 256 random bits, not a password."""
        return hashlib.sha256(key.encode()).hexdigest()
