from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.users import User
from core.models import Mail

SALT = "accounts.invitation"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def with_letters(self) -> "InvitationQuerySet":
        """With how their letters fare, and without the text, which opens an account."""
        return self.select_related("mail").defer("mail__body", "mail__headers")


class Invitation(models.Model):
    """A letter that lets one person set the first password; it can be used once."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("invitation", "waiting to be sent")
        SENT = "sent", pgettext_lazy("invitation", "sent")
        FAILED = "failed", pgettext_lazy("invitation", "not sent")
        EXPIRED = "expired", pgettext_lazy("invitation", "expired")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email"))
    invited_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # When the letter was written; when it went out, the letter says.
    sent_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    # Letters that went out are dropped after a while.
    mail = models.OneToOneField(
        Mail, null=True, blank=True, on_delete=models.SET_NULL, related_name="invitation"
    )

    objects = InvitationQuerySet.as_manager()

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

    def state(self, *, at: datetime) -> State:
        """How far one that nobody has come in by has got."""
        if self.mail and self.mail.given_up_at:
            return self.State.FAILED
        if self.mail and self.mail.sent_at is None:
            return self.State.WAITING
        return self.State.SENT if self.is_open(at=at) else self.State.EXPIRED
