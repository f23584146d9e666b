"""Entity tags: the version of an object and the digest of what is shown of it.

What is shown may change without the object (a win probability grows older every day), so the whole
tag says whether a copy is fresh; a change is compared with the version alone.
"""

import hashlib
import re
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from core.api.problems import PreconditionFailed, PreconditionRequired

TAG = re.compile(r'(?:W/)?"(?:(\d{1,10})(?:-\w+)?|[\w-]+)"')


def etag_of(data: Any) -> str:
    digest = hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:16]
    version = data.get("version") if isinstance(data, dict) else None
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


def is_fresh(request: Request, etag: str) -> bool:
    """Whether the caller's copy (If-None-Match) is what would be sent."""
    header = request.headers.get("If-None-Match")
    return header is not None and (header.strip() == "*" or etag in _tags(header))


def check_version(request: Request, version: int, *, required: bool) -> None:
    """Compare If-Match with the version of a versioned object.

    Raises PreconditionRequired where it is missing and ``required``, PreconditionFailed where it
    names another version.
    """
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise PreconditionRequired
        return
    if header.strip() == "*":
        return
    versions = {match[1] for match in TAG.finditer(header)}
    if str(version) not in versions:
        raise PreconditionFailed


def check_etag(request: Request, etag: str) -> None:
    """Compare If-Match, where sent, with the tag of an object without a version."""
    header = request.headers.get("If-Match")
    if header is not None and header.strip() != "*" and etag not in _tags(header):
        raise PreconditionFailed
