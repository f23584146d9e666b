from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.once import digest_of
from crm.file_kinds import checked_type
from crm.models import Customer, File
from crm.models.files import FOLDER

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile

LONGEST_NAME = 200
# A file is written before its row is committed.
YOUNG = timedelta(hours=24)


@transaction.atomic
def keep_file(upload: Upload, *, by: User | None, customer: Customer | None = None) -> File:
    """Keep an uploaded file outside of the web root; raises ValidationError beside ``file``.

    Where the transaction fails afterwards the content is left to `sweep_orphans`.
    """
    name = _clean_name(upload.name or "")
    try:
        content_type = checked_type(name, upload.file or upload, upload.size or 0)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    file = File.objects.create(
        customer=customer,
        name=name,
        size=upload.size or 0,
        sha256=digest_of(upload),
        content_type=content_type,
        content=upload,
        uploaded_by=by,
        created_at=clock.now(),
    )
    audit.record("create", file, by=by, changes={"name": [None, name]})
    return file


def archive_file(file: File, *, by: User | None) -> None:
    _set_archived(file, clock.now(), by=by)


def restore_file(file: File, *, by: User | None) -> None:
    _set_archived(file, None, by=by)


def sweep_orphans(*, at: datetime | None = None) -> int:
    """Delete contents that no row names, a day after they were written; how many there were."""
    before = (at or timezone.now()) - YOUNG
    root = Path(default_storage.path(FOLDER))
    swept = 0
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        places = {f"{FOLDER}/{folder.name}/{path.name}": path for path in folder.iterdir()}
        known = set(File.objects.filter(content__in=places).values_list("content", flat=True))
        for path in _old(places[place] for place in places.keys() - known):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
                swept += 1
    return swept


def _old(paths: Any) -> Iterator[Path]:
    return (path for path in paths if path.is_file())


@transaction.atomic
def _set_archived(file: File, at: datetime | None, *, by: User | None) -> None:
    if (file.archived_at is None) == (at is None):
        return
    before, file.archived_at = file.archived_at, at
    file.save(update_fields=["archived_at"])
    audit.record("update", file, by=by, changes={"archived_at": [before, at]})


def _clean_name(name: str) -> str:
    """The last part of a path of any system, printable, and short enough with its ending."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(letter for letter in last if letter.isprintable()).strip()
    if not text.strip("."):
        raise ValidationError({"file": _("This file has no name.")})
    stem, dot, ending = text.rpartition(".")
    return text if len(text) <= LONGEST_NAME else f"{stem[: LONGEST_NAME - 12]}{dot}{ending[:11]}"
