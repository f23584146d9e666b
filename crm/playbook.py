"""A play as it is shown to somebody who is about to play it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.vocabulary import label
from crm.known_fields import CONTACT, is_known, label_of
from crm.models import Contact, Customer, LifecycleStage, Play, PlayItem

KINDS = (("email", pgettext_lazy("activity", "email")), ("call", _("call script")))
PLACEHOLDERS = ("contact", "customer", "deal", "me")
HOLE = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
UNKNOWN = "…"


@dataclass(frozen=True)
class Line:
    item: PlayItem
    tick: Any = None


@dataclass(frozen=True)
class Fact:
    """Something that must be known, and where it is typed."""

    label: str
    is_known: bool
    is_required: bool
    url: str
    in_dialog: bool = False


@dataclass(frozen=True)
class Script:
    """A template with its holes filled; ``mailto`` is empty where nothing is to be sent."""

    kind: str
    name: str
    subject: str
    text: str
    mailto: str


@dataclass(frozen=True)
class Shown:
    play: Play
    stage: Any
    lines: list[Line]
    facts: list[Fact]
    scripts: list[Script]

    @property
    def done(self) -> int:
        return sum(line.tick is not None for line in self.lines)

    @property
    def is_empty(self) -> bool:
        return not (self.play.advice or self.lines or self.facts or self.scripts)


def current_items() -> "Prefetch[Any]":
    """The lines of plays that are not put away, as ``lines``."""
    rows = PlayItem.objects.filter(archived_at__isnull=True)
    return Prefetch("items", rows, to_attr="lines")


def shown_play(
    stage: Any,
    subject: Any,
    *,
    fact: Callable[[str, bool], Fact],
    words: Mapping[str, str],
    email: str = "",
) -> Shown | None:
    """The play of ``stage`` for a customer or deal; None where nothing is written.

    ``fact`` makes the row of a field by its name and whether the stage requires it; ``words``
    fill the holes of the templates.
    """
    play = stage.current_play if stage else None
    if play is None:
        return None
    items = play.items.filter(archived_at__isnull=True)
    ticks = {tick.item_id: tick for tick in subject.ticks.select_related("by")} if subject else {}
    names = dict.fromkeys([*stage.required_fields, *play.must_know])
    found = Shown(
        play,
        stage,
        [Line(item, ticks.get(item.pk)) for item in items],
        [fact(name, name in stage.required_fields) for name in names],
        [script(each, words=words, email=email) for each in play.templates],
    )
    return None if found.is_empty else found


def play_of_customer(customer: Customer, stage: LifecycleStage | None, user: Any) -> Shown | None:
    """The play of the stage that a customer stands in."""
    if stage is None or stage.current_play is None:
        return None
    contact = customer.contacts.current().first()
    words = {"customer": customer.name, "contact": contact.name if contact else "", "me": str(user)}
    return shown_play(
        stage,
        customer,
        fact=lambda name, required: customer_fact(customer, name, required, contact=contact),
        words=words,
        email=contact.email if contact else "",
    )


def customer_fact(
    customer: Customer, name: str, is_required: bool, *, contact: Contact | None
) -> Fact:
    """A field of a customer with the address of its form."""
    if name == CONTACT:
        url = f"{reverse('crm:new_contact')}?customer={customer.pk}"
        return Fact(label_of(Customer, name), contact is not None, is_required, url, True)
    url = f"{reverse('crm:edit_customer', args=[customer.pk])}#id_{name}"
    return Fact(label_of(Customer, name), is_known(customer, name), is_required, url)


def script(template: Mapping[str, str], *, words: Mapping[str, str], email: str = "") -> Script:
    """A template with what is known in its holes."""

    def filled(name: str) -> str:
        text = label(template.get(name, ""))
        return HOLE.sub(lambda hole: words.get(hole[1]) or UNKNOWN, text)

    subject, text, kind = filled("subject"), filled("text"), template.get("kind", "email")
    mailto = ""
    if kind == "email":
        body = text.replace("\n", "\r\n")
        mailto = f"mailto:{quote(email)}?subject={quote(subject)}&body={quote(body)}"
    return Script(kind, label(template.get("name", "")), subject, text, mailto)
