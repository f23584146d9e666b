"""What a file is, by its content: whether that is what its name says, and nothing that runs."""

import codecs
import re
import zipfile
from pathlib import PurePath
from typing import IO, Any

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": f"{OFFICE}wordprocessingml.document",
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
    "odt": f"{OPEN}text",
    "ods": f"{OPEN}spreadsheet",
    "odp": f"{OPEN}presentation",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "zip": "application/zip",
}
TEXTS = frozenset({"txt", "csv", "eml"})
OLD_OFFICE = frozenset({"doc", "xls", "ppt", "msg"})
# What an archive of office software must hold, by the name of the file.
PARTS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
CONTENTS = "[content_types].xml"
MACROS = "vbaproject.bin"
HEAD = 8192
SURE = 0.4
MARKUP = re.compile(rb"\s*(<(!doctype|html|head|body|script|svg|iframe|\?xml|\?php)|#!)", re.I)
ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")


def checked_type(name: str, content: IO[bytes], size: int) -> str:
    """The media type of a file that may be kept; raises ValidationError with the reason if not."""
    extension = PurePath(name).suffix.lower().removeprefix(".")
    if extension not in TYPES or extension not in settings.ALLOWED_FILES:
        raise ValidationError(_("Files of this type are not taken: %(name)s.") % {"name": name})
    if size > settings.MAX_FILE_BYTES:
        limit = settings.MAX_FILE_BYTES // 2**20
        raise ValidationError(
            _("%(name)s is larger than %(limit)s MB.") % {"name": name, "limit": limit}
        )
    if size == 0:
        raise ValidationError(_("%(name)s is empty.") % {"name": name})
    content.seek(0)
    head = content.read(HEAD)
    if not _is(extension, head, content):
        message = _("%(name)s is not what its name says, or could run as a program.")
        raise ValidationError(message % {"name": name})
    content.seek(0)
    return TYPES[extension]


def _is(extension: str, head: bytes, content: IO[bytes]) -> bool:
    found = _candidates(head)
    if extension in TEXTS:
        strangers = found - TEXTS - {"json"}
        return not strangers and not MARKUP.match(_as_ascii(head)) and _is_text(content)
    if extension in OLD_OFFICE:
        # They share a signature; which of them it is stands deep inside.
        return "doc" in found
    if extension not in found and not (extension == "zip" and zipfile.is_zipfile(content)):
        return False
    return extension not in {*PARTS, "odt", "ods", "odp", "zip"} or _is_archive(extension, content)


def _candidates(head: bytes) -> set[str]:
    try:
        matches: list[Any] = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    return {match.extension.removeprefix(".") for match in matches if match.confidence >= SURE} | {
        match.extension.removeprefix(".")
        for match in matches
        if match.extension in (".jpg", ".jpeg")
    }


def _as_ascii(head: bytes) -> bytes:
    """Without what two-byte encodings put between letters, and without byte order marks."""
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")


def _is_text(content: IO[bytes]) -> bool:
    return any(_decodes(content, encoding) for encoding in ENCODINGS)


def _decodes(content: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    content.seek(0)
    if encoding == "utf-16" and content.read(2) not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return False
    content.seek(0)
    try:
        for chunk in iter(lambda: content.read(2**16), b""):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_archive(extension: str, content: IO[bytes]) -> bool:
    try:
        with zipfile.ZipFile(content) as archive:
            names = [name.lower() for name in archive.namelist()]
            if extension.startswith("od"):
                return archive.read("mimetype").strip() == TYPES[extension].encode()
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError):
        return False
    if extension == "zip":
        return True
    is_office = CONTENTS in names and any(name.startswith(PARTS[extension]) for name in names)
    return is_office and not any(name.endswith(MACROS) for name in names)
