"""The sentences of notices and known errors: a row holds a code, the reader's language says it."""

from typing import Any

from core.models import Notice

_sentences: dict[str, Any] = {}


class KnownError(Exception):
    """An error that people can mend; ``code`` names the sentence that tells them how.

    ``params`` are kept as JSON, so that each reader gets the sentence in their own language.
    """

    code: str

    def __init__(self, **params: str) -> None:
        self.params = params
        super().__init__(sentence(self.code, params))


def register(code: str, sentence: Any) -> None:
    """``sentence`` is a lazy translation with ``%(name)s`` for the params, or makes it of them."""
    _sentences[code] = sentence


def sentence(code: str, params: dict[str, Any]) -> str:
    """What ``code`` says; an unknown code is shown as it is."""
    found = _sentences.get(code, code)
    try:
        return str(found(params) if callable(found) else str(found) % params)
    except (KeyError, TypeError, ValueError):
        return code if callable(found) else str(found)


def sentence_of(notice: Notice) -> str:
    return sentence(notice.code, notice.params)
