"""The parts of the product, in the order of the left bar."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Part:
    label: Any
    icon: str
    url_name: str
    key: str
    shown_to: Callable[[Any], bool] = lambda user: True
    # For the thumb only where a tab is left over.
    is_extra_tab: bool = False


@dataclass(frozen=True)
class Link:
    label: Any
    icon: str
    url: str
    key: str
    is_current: bool
    is_extra_tab: bool = False
    # How much there waits for the person.
    count: int = 0


PARTS = (
    Part(pgettext_lazy("page", "Today"), "sun-high", "crm:today", "g t"),
    Part(_("Inbox"), "inbox", "crm:inbox", "g i", is_extra_tab=True),
    Part(_("Customers"), "building-store", "crm:customers", "g c"),
    Part(_("Deals"), "layout-kanban", "pipeline:board", "g d"),
    Part(_("Funnel"), "filter", "pipeline:funnel", "g f"),
    Part(_("Plan"), "target-arrow", "planning:plans", "g p", lambda user: user.is_manager),
    Part(_("Playbook"), "book", "pipeline:playbook", "g b", lambda user: user.is_manager),
    Part(_("Admin"), "settings", "accounts:people", "g a", lambda user: user.is_admin),
)

TABS = 5

_counts: dict[str, Callable[[Any], int]] = {}


def register_count(url_name: str, count: Callable[[Any], int]) -> None:
    """Show ``count(user)`` beside the part of that address, where it is not nought."""
    _counts[url_name] = count


def links(user: Any, path: str) -> list[Link]:
    """The parts that ``user`` may open; the one that ``path`` belongs to is current."""
    found = [(part, _address(part)) for part in PARTS if part.shown_to(user)]
    return [
        Link(
            part.label,
            part.icon,
            url,
            part.key,
            _is_within(path, url),
            part.is_extra_tab,
            _counts[part.url_name](user) if part.url_name in _counts else 0,
        )
        for part, url in found
        if url
    ]


def tabs(found: list[Link], path: str) -> tuple[list[Link], list[Link]]:
    """What has a tab for the thumb, and what the last tab, "more", opens where not all fit."""
    url = reverse("accounts:profile")
    me = Link(_("Me"), "user-circle", url, "", path.startswith(url))
    if len(found) <= TABS:
        return [*found, me][:TABS], []
    by_need = sorted(found, key=lambda link: link.is_extra_tab)
    shown = sorted(by_need[: TABS - 1], key=found.index)
    return shown, [link for link in found if link not in shown] + [me]


def _address(part: Part) -> str:
    """Empty where the part is not installed."""
    try:
        return reverse(part.url_name)
    except NoReverseMatch:
        return ""


def _is_within(path: str, url: str) -> bool:
    return path == "/" if url == "/" else path.startswith(url)
