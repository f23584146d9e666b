"""Names that ship with the product or its demo company, in the reader's language.

Stages, sources and the like are named by each company and shown as typed. The names that come with
the product are known here, so that a Chinese page has no English ones.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

SHIPPED: dict[str, Any] = {
    # The ladder and its stages
    "Customer lifecycle": pgettext_lazy("shipped name", "Customer lifecycle"),
    "Suspect": pgettext_lazy("shipped name", "Suspect"),
    "Prospect": pgettext_lazy("shipped name", "Prospect"),
    "Qualified": pgettext_lazy("shipped name", "Qualified"),
    "Customer": pgettext_lazy("shipped name", "Customer"),
    "Given up": pgettext_lazy("shipped name", "Given up"),
    # The pipeline and its stages
    "New equipment": pgettext_lazy("shipped name", "New equipment"),
    "Project": pgettext_lazy("shipped name", "Project"),
    "Proposal": pgettext_lazy("shipped name", "Proposal"),
    "Negotiation": pgettext_lazy("shipped name", "Negotiation"),
    "Won": pgettext_lazy("shipped name", "Won"),
    "Lost": pgettext_lazy("shipped name", "Lost"),
    # Sources
    "Exhibitions": pgettext_lazy("shipped name", "Exhibitions"),
    "Referrals": pgettext_lazy("shipped name", "Referrals"),
    "Web": pgettext_lazy("shipped name", "Web"),
    "Cold calls": pgettext_lazy("shipped name", "Cold calls"),
    "Trade magazines": pgettext_lazy("shipped name", "Trade magazines"),
    # Lost reasons
    "Price": pgettext_lazy("shipped name", "Price"),
    "Competitor": pgettext_lazy("shipped name", "Competitor"),
    "No budget": pgettext_lazy("shipped name", "No budget"),
    "Project stopped": pgettext_lazy("shipped name", "Project stopped"),
    "No answer": pgettext_lazy("shipped name", "No answer"),
    "Delivery time": pgettext_lazy("shipped name", "Delivery time"),
    # Teams
    "Sales": pgettext_lazy("shipped name", "Sales"),
    "North China": pgettext_lazy("shipped name", "North China"),
    "East China": pgettext_lazy("shipped name", "East China"),
    "South China": pgettext_lazy("shipped name", "South China"),
    "Marketing": pgettext_lazy("shipped name", "Marketing"),
    "Service": pgettext_lazy("shipped name", "Service"),
    # Job roles
    "Sales engineer": pgettext_lazy("shipped name", "Sales engineer"),
    # Campaigns
    "Spring packaging fair": pgettext_lazy("shipped name", "Spring packaging fair"),
    "Summer food fair": pgettext_lazy("shipped name", "Summer food fair"),
    "Autumn packaging fair": pgettext_lazy("shipped name", "Autumn packaging fair"),
    "Regional shows": pgettext_lazy("shipped name", "Regional shows"),
    "Advertisements, first half": pgettext_lazy("shipped name", "Advertisements, first half"),
    "Advertisements, second half": pgettext_lazy("shipped name", "Advertisements, second half"),
    "Web pages and listings": pgettext_lazy("shipped name", "Web pages and listings"),
    "Thanks for referrals": pgettext_lazy("shipped name", "Thanks for referrals"),
    "Address lists and telephone": pgettext_lazy("shipped name", "Address lists and telephone"),
    # The draft plan
    "Four times the revenue": pgettext_lazy("shipped name", "Four times the revenue"),
}


def ship(texts: Iterable[str]) -> None:
    """Show these texts, which the catalogue knows, in the reader's language from now on."""
    SHIPPED.update({text: gettext_lazy(text) for text in texts})


def label(name: str) -> str:
    """``name`` as the reader sees it: translated if it ships with the product, else as typed."""
    return str(SHIPPED.get(name, name))


def typed(text: str) -> str:
    """The inverse of ``label``: what a reader typed back unchanged is kept as it ships."""
    return next((name for name, word in SHIPPED.items() if str(word) == text), text)


class Named:
    """A model with a ``name``; ``label`` and ``str`` are the reader's word for it."""

    name: Any

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return label(self.name)
