"""What is sent again is answered again and not done again: keys, and the answers kept under them.

The claim of a key, the effect and the kept answer are one transaction, so that a crash leaves none
of them.
"""

import hashlib
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest

from core.models import IdempotencyKey

M = TypeVar("M", bound=Model)

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class UnderWay(Exception):
    """Another request holds this key."""


def fingerprint(asked: HttpRequest, *, without: Collection[str] = ()) -> str:
    """SHA-256 of method, path with query, and body; of a form's body but for the fields
    ``without``."""
    digest = hashlib.sha256(f"{asked.method} {asked.get_full_path()}\n".encode())
    if asked.content_type not in FORMS:
        digest.update(asked.body)
        return digest.hexdigest()
    # The boundary of a form is another each time; what lies between is what was asked.
    for name, values in sorted(asked.POST.lists()):
        if name not in without:
            digest.update(f"{name}={values!r}\n".encode())
    files: list[tuple[str, list[Any]]] = sorted(asked.FILES.lists())
    for name, file in ((name, file) for name, sent in files for file in sent):
        digest.update(f"{name}={file.name!r} {digest_of(file)}\n".encode())
    return digest.hexdigest()


def digest_of(file: Any) -> str:
    """SHA-256 of an uploaded file, which is at its beginning afterwards."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def kept_answer(user_id: int, key: str, *, waits: bool) -> IdempotencyKey | None:
    """Hold ``key`` until the transaction ends; the answer that is kept under it.

    Where another request holds it, ``waits`` for that one's answer, else raises UnderWay.
    """
    _claim(user_id, key, waits=waits)
    return IdempotencyKey.objects.filter(user_id=user_id, key=key).first()


@transaction.atomic
def made_once(model: type[M], make: Callable[[], M], *, by: Any, key: str) -> M:
    """What ``make`` makes, or what it has made under ``key`` before; without a key always anew.

    For answers that are pages: the page of what was made is drawn again, and none is kept.
    """
    if not key:
        return make()
    if kept := kept_answer(by.pk, key, waits=True):
        return model._default_manager.get(pk=kept.body)
    made = make()
    IdempotencyKey.objects.create(user=by, key=key, status=201, body=str(made.pk))
    return made


def made_before(model: type[M], *, by: Any, key: str) -> M | None:
    """What was made under ``key``, where something was."""
    kept = IdempotencyKey.objects.filter(user=by, key=key).first() if key else None
    return model._default_manager.get(pk=kept.body) if kept else None


def _claim(user_id: int, key: str, *, waits: bool) -> None:
    """SQLite's transactions queue for the one write lock, so the second finds the first one's
    answer."""
    if connection.vendor != "postgresql":
        return
    digest = hashlib.sha256(f"{user_id}:{key}".encode()).digest()
    lock = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
            return
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            raise UnderWay
