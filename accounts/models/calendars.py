import secrets

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils.translation import gettext_lazy as _


def signer() -> Signer:
    return Signer(salt="calendar", sep=".")


def new_key() -> str:
    return secrets.token_urlsafe(18)


class CalendarAddress(models.Model):
    """The secret address at which a person's calendar is read by other programs.

    Only its ``key`` is stored: the address also bears a signature by ``SECRET_KEY``, so that a
    copy of the database opens nobody's calendar, while its owner can still be shown it. A new key
    revokes the old address.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_address"
    )
    key = models.CharField(max_length=40, unique=True, default=new_key)
    # What was served last and since when, so that readers are told when it changed.
    digest = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return str(self.user)

    @property
    def token(self) -> str:
        """What stands in the address."""
        return signer().sign(self.key)

    @staticmethod
    def key_of(token: str) -> str | None:
        """The key that a ``token`` of ours bears; ``None`` for a guess."""
        try:
            return signer().unsign(token)
        except BadSignature:
            return None
