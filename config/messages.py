"""Where ``make messages`` finds the strings of Django templates (named in babel.cfg)."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from babel.messages.extract import extract_javascript
from django.utils.translation.template import templatize

Found = tuple[int, str | tuple[str, ...], list[str], str | None]


def extract_template(
    fileobj: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[Found]:
    """Babel's extractor for Django templates: as its own ones yield."""
    calls = templatize(fileobj.read().decode())
    # What is left are calls among blanked-out words: not Python, but a lexer finds them.
    return extract_javascript(io.BytesIO(calls.encode()), keywords, comment_tags, options)
