"""Who hears of what went wrong beneath."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from accounts.services.invitations import INVITATION_MAIL
from core import sentences
from core.models import Mail, Notice
from core.services.notices import notify
from core.signals import mail_given_up

MAIL_NOT_SENT = "mail_not_sent"
sentences.register(
    MAIL_NOT_SENT,
    _("Mail to %(to)s could not be sent, after many attempts. See why, and try again."),
)


@receiver(mail_given_up)
def tell_admins(mail: Mail, **kwargs: Any) -> None:
    """Once, until it is read: where one letter fails, others do."""
    for admin in User.objects.active().filter(Q(role=Role.ADMIN) | Q(is_superuser=True)):
        if not Notice.objects.of(admin).unread().filter(code=MAIL_NOT_SENT).exists():
            is_invitation = mail.kind == INVITATION_MAIL
            url = reverse("accounts:people" if is_invitation else "admin:core_mail_changelist")
            notify(admin, MAIL_NOT_SENT, url=url, to=mail.to)
