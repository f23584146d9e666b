import secrets
from collections.abc import Sequence

from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.models.api_keys import Scope


def create_api_key(user: User, *, scopes: Sequence[str], name: str = "") -> tuple[ApiKey, str]:
    """A new key for ``user``: the stored row, and the key itself, which is never shown again."""
    unknown = set(scopes) - set(Scope.values)
    if unknown or not scopes:
        raise ValueError(
            f"Scopes are of {', '.join(Scope.values)}; not {', '.join(sorted(unknown))}."
        )
    key = f"sw_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=key[:8],
        digest=ApiKey.digest_of(key),
        scopes=[scope for scope in Scope.values if scope in scopes],
    )
    return row, key


def revoke_api_key(key: ApiKey) -> None:
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
