from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User

SALT = "accounts.invitation"


class Invitation(models.Model):
    """A letter that lets one person set the first password; it can be used once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email"))
    invited_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    sent_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email

    @property
    def token(self) -> str:
        return signing.dumps(self.pk, salt=SALT)

    @classmethod
    def from_token(cls, token: str) -> "Invitation | None":
        """The open invitation that ``token`` was made for; ``None`` for any other."""
        try:
            pk = signing.loads(token, salt=SALT, max_age=timedelta(days=settings.INVITATION_DAYS))
        except signing.BadSignature:
            return None
        return cls.objects.filter(pk=pk, accepted_at__isnull=True).select_related("user").first()

    def is_open(self, *, at: datetime) -> bool:
        expires = self.sent_at + timedelta(days=settings.INVITATION_DAYS)
        return self.accepted_at is None and at < expires
