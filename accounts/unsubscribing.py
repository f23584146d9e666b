"""Addresses that turn reminders by email off without a sign-in (RFC 8058)."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User


def signer() -> Signer:
    return Signer(salt="unsubscribe", sep=".")


def unsubscribe_url(user: User) -> str:
    path = reverse("accounts:unsubscribe", args=[signer().sign(str(user.pk))])
    return f"{settings.SITE_URL}{path}"


def unsubscribe_headers(url: str) -> dict[str, str]:
    """What lets a mail program offer its own button."""
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def person_of(token: str) -> User | None:
    """Whose address it is; ``None`` where we did not make it or nobody is there any more."""
    try:
        pk = int(signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return User.objects.filter(pk=pk).first()
