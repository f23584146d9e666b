from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Invitation, Team, User
from core.models import Mail
from core.services import mails

INVITATION_MAIL = "invitation"


@transaction.atomic
def invite_user(
    *, email: str, name: str, role: str, team: Team | None, by: User, base_url: str
) -> Invitation:
    """Make the account and send the letter that lets its owner set a password."""
    user = User(email=email, name=name, role=role, team=team, language=by.language)
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    return _send(user, by=by, base_url=base_url)


@transaction.atomic
def claim_user(user: User, *, email: str, by: User, base_url: str) -> Invitation:
    """Give a person whom an import named an email, and invite them to their own records."""
    user.email, user.is_active = email, True
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save(update_fields=["email", "is_active", "password"])
    return _send(user, by=by, base_url=base_url)


@transaction.atomic
def invite_again(user: User, *, by: User, base_url: str) -> Invitation:
    """Send a new letter to somebody who has not come in yet; the old ones no longer open."""
    # Of two who press at once, the second closes the letter of the first.
    User.objects.select_for_update().get(pk=user.pk)
    user.invitations.filter(accepted_at__isnull=True).delete()
    mails.drop_unsent(user, INVITATION_MAIL)
    return _send(user, by=by, base_url=base_url)


@transaction.atomic
def accept_invitation(invitation: Invitation, *, password: str) -> User:
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    return user


def _send(user: User, *, by: User, base_url: str) -> Invitation:
    """Write the letter into the outbox, with the invitation: a server that is down loses none."""
    invitation = Invitation.objects.create(user=user, email=user.email or "", invited_by=by)
    context = {
        "user": user,
        "by": by,
        "url": f"{base_url.rstrip('/')}/invitations/{invitation.token}/",
        "days": settings.INVITATION_DAYS,
    }
    with translation.override(user.language or translation.get_language()):
        subject = _("%(name)s invites you to Stepwise") % {"name": by.name}
        body = render_to_string("accounts/invitation_email.txt", context)
    letter = Mail(user=user, kind=INVITATION_MAIL, to=invitation.email, subject=subject, body=body)
    mails.queue_mails([letter])
    invitation.mail = letter
    invitation.save(update_fields=["mail"])
    return invitation
