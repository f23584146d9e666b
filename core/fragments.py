"""Parts of pages that higher apps lend to lower ones.

A page of a lower app names a slot; apps above it register templates for the slot when they are
ready, so that a customer's page shows deals without knowing what a deal is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

ContextFunction = Callable[..., dict[str, Any] | None]


@dataclass(frozen=True)
class Fragment:
    template: str
    context: ContextFunction
    order: int


_slots: dict[str, list[Fragment]] = {}


def register(slot: str, template: str, context: ContextFunction, *, order: int = 50) -> None:
    """Show ``template`` in ``slot``, lower ``order`` first.

    ``context(request, **subject)`` gives what the template needs beside the subject itself, or
    ``None`` where there is nothing to show. Registering a template twice replaces the first.
    """
    others = [each for each in _slots.get(slot, []) if each.template != template]
    _slots[slot] = sorted([*others, Fragment(template, context, order)], key=lambda f: f.order)


def render(slot: str, request: HttpRequest, **subject: Any) -> SafeString:
    """Every registered part of ``slot`` for ``subject``, one after the other."""
    parts = []
    for fragment in _slots.get(slot, []):
        context = fragment.context(request, **subject)
        if context is not None:
            parts.append(render_to_string(fragment.template, subject | context, request))
    return mark_safe("".join(parts))  # noqa: S308  (rendered, hence escaped, by templates)
