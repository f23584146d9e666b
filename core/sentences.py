"""The sentences of notices: the row holds a code, the reader's language says it."""

from typing import Any

from core.models import Notice

_sentences: dict[str, Any] = {}


def register(code: str, sentence: Any) -> None:
    """``sentence`` is a lazy translation with ``%(name)s`` for the notice's params."""
    _sentences[code] = sentence


def sentence_of(notice: Notice) -> str:
    """What the notice says; an unknown code is shown as it is."""
    sentence = str(_sentences.get(notice.code, notice.code))
    try:
        return str(sentence % notice.params)
    except (KeyError, TypeError, ValueError):
        return sentence
