"""Cards of the board, with their words ready: a board draws about a hundred at a time."""

from collections.abc import Iterable
from functools import cache

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.templatetags.figures import money, percent
from pipeline.views.cards import CardView


class BoardCard(CardView):
    """What ``cards.jinja`` draws; all strings, so that the template has nothing to look up."""

    @cached_property
    def pk(self) -> str:
        return str(self.deal.pk)

    @property
    def version(self) -> str:
        return str(self.deal.version)

    @property
    def name(self) -> str:
        return self.deal.name

    @property
    def url(self) -> str:
        return _address("pipeline:opportunity").format(self.pk)

    @property
    def move_url(self) -> str:
        return _address("pipeline:move").format(self.pk)

    @property
    def has_customer(self) -> bool:
        return self.deal.customer_id is not None

    @cached_property
    def heading(self) -> str:
        """The customer, whom a rep knows better than the deal."""
        return str(self.deal.customer or self.deal.title)

    @property
    def subheading(self) -> str:
        """The deal, where it is not called like its customer."""
        customer = self.deal.customer
        return self.name if customer and self.name != customer.name else ""

    @property
    def label(self) -> str:
        """The card for whoever hears it."""
        customer = [self.heading] if self.deal.customer else []
        return ", ".join([*customer, self.deal.title, self.amount])

    @property
    def log_label(self) -> str:
        return _("Log a call about %(name)s") % {"name": self.name}

    @property
    def move_label(self) -> str:
        return _("Move %(name)s") % {"name": self.name}

    @cached_property
    def amount(self) -> str:
        return money(self.deal.amount, self.deal.currency)

    @property
    def is_open(self) -> bool:
        return self.deal.stage.is_open

    @property
    def is_lost(self) -> bool:
        return self.deal.stage.is_lost

    @property
    def lost_reason(self) -> str:
        return str(self.deal.lost_reason or "")

    @property
    def percent(self) -> str:
        return percent(self.probability)

    @property
    def own_percent(self) -> str:
        return percent(self.own)

    @property
    def share(self) -> str:
        """The chance as the value of a bar."""
        return f"{self.probability:.3f}"

    @property
    def short_age(self) -> str:
        return _("%(days)s d") % {"days": self.days}

    @property
    def age_icon(self) -> str:
        return {"hot": "flame", "warm": "alert-triangle"}.get(self.age, "clock")

    @property
    def owner_name(self) -> str:
        return self.deal.owner.name if self.deal.owner else ""

    @property
    def owner_initials(self) -> str:
        return self.deal.owner.initials if self.deal.owner else ""


def board_cards(views: Iterable[CardView]) -> list[BoardCard]:
    return [BoardCard(view.deal, view.outlook, view.own, view.step) for view in views]


@cache
def _address(name: str) -> str:
    """Of each row, made from that of row 0: resolving a name costs more than drawing a line."""
    return reverse(name, args=[0]).replace("/0/", "/{}/")
