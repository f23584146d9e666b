"""How bodies of requests are read."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import JSONParser

from core.api.problems import NotWritable, pointer


class TextParser(JSONParser):
    """JSON whose texts can be written down.

    JSON lets half of a surrogate pair pass as a text (RFC 8259, 8.2), which no database takes and
    no answer can repeat.
    """

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        data = super().parse(stream, media_type, parser_context)
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            detail = _("This text is not valid Unicode: half of a surrogate pair stands alone.")
            errors = [{"pointer": pointer(path), "detail": str(detail)} for path in _broken(data)]
            raise NotWritable(detail, errors=errors) from None
        return data


def _broken(data: Any, path: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """The paths of the texts that no encoding has; of a broken name, that of what it is in."""
    if isinstance(data, str):
        if not _is_encodable(data):
            yield list(path)
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _broken(item, (*path, str(index)))
    elif isinstance(data, dict):
        for name, value in data.items():
            if _is_encodable(name):
                yield from _broken(value, (*path, name))
            else:
                yield list(path)


def _is_encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
