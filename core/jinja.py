"""Jinja2 for what a page draws by the hundred, several times as fast as the frame's templates.

The rows and cards of long pages are under ``templates/jinja2``; a page puts one in its place with
``{% jinja "pipeline/cards.jinja" cards=… %}``.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, StrictUndefined

from core.templatetags import figures


def environment(**options: Any) -> Environment:
    """With the words of the catalogue, and figures as the reader's language writes them."""
    env = Environment(  # noqa: S701 (Django's backend asks for autoescape among the options)
        **options | {"undefined": StrictUndefined},
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals["url"] = _url
    env.filters |= {
        "day": figures.day,
        "money": figures.money,
        "percent": figures.percent,
    }
    return env


def _url(name: str, *args: Any) -> str:
    return reverse(name, args=args)
