"""Columns of the board, with their words ready."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.http import HttpRequest
from django.template import defaultfilters
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.addresses import changed_query
from core.templatetags.figures import day, money, number, short_money
from pipeline.boards import Column, MissingRate
from pipeline.models import Stage
from pipeline.views.board_cards import BoardCard

MORE = 40
"""Cards that "show more" brings."""


@dataclass(frozen=True)
class ColumnView:
    """What ``board.jinja`` and ``moved.jinja`` draw of a column, its cards ready to be shown."""

    request: HttpRequest
    column: Column
    cards: list[BoardCard] = field(default_factory=list)

    @property
    def stage(self) -> Stage:
        return self.column.stage

    @cached_property
    def pk(self) -> str:
        return str(self.stage.pk)

    @cached_property
    def label(self) -> str:
        return self.stage.label

    @cached_property
    def css(self) -> str:
        return f"part-{self.stage.part} stage-{self.stage.status}"

    @property
    def count(self) -> str:
        return str(self.column.count)

    @property
    def total(self) -> str:
        return self._money(self.column.total)

    @property
    def short_total(self) -> str:
        return self._short(self.column.total)

    @property
    def is_weighted(self) -> bool:
        return self.stage.is_open and self.column.weighted is not None

    @property
    def weighted(self) -> str:
        words = _("Each amount times its chance of being won:")
        return f"{words} {self._money(self.column.weighted)}"

    @property
    def short_weighted(self) -> str:
        return _("weighted %(amount)s") % {"amount": self._short(self.column.weighted)}

    @property
    def summed_at(self) -> str:
        """Of when the sums are that others may have changed since."""
        if self.column.summed_at is None:
            return ""
        time = defaultfilters.time(timezone.localtime(self.column.summed_at), "H:i")
        return _("as of %(time)s") % {"time": time}

    @property
    def rotting(self) -> str:
        count = self.column.rotting
        return _("%(n)s here too long") % {"n": number(count)} if count else ""

    @property
    def rotting_url(self) -> str:
        """Of those alone; empty where they are alone already."""
        if self.request.GET.get("rotting"):
            return ""
        changes = {"rotting": 1, "on": None, "version": None}
        return reverse("pipeline:board") + changed_query(self.request, **changes)

    @property
    def missing_rates(self) -> list[str]:
        return [_missing(each) for each in self.column.missing_rates]

    @property
    def more(self) -> str:
        """What the button says that brings more cards; empty where all are shown."""
        return more_label(self.column.count - len(self.cards))

    @property
    def more_url(self) -> str:
        return more_url(self.request, self.stage, len(self.cards), self.column.count)

    def _money(self, amount: Decimal | None) -> str:
        return money(amount, self.stage.pipeline.currency)

    def _short(self, amount: Decimal | None) -> str:
        return short_money(amount, self.stage.pipeline.currency)


def more_label(left: int) -> str:
    if left <= 0:
        return ""
    if left > MORE:
        return _("Show 40 of %(left)s more") % {"left": left}
    return _("Show %(left)s more") % {"left": left}


def more_url(request: HttpRequest, stage: Stage, shown: int, count: int | str) -> str:
    """Of the cards after those ``shown``; ``count`` is how many there are."""
    address = reverse("pipeline:column_cards", args=[stage.pk])
    return address + changed_query(request, shown=shown, of=count)


def _missing(rate: MissingRate) -> str:
    text = ngettext(
        "%(n)s deal is not in the total: no rate from %(base)s to %(quote)s on %(on)s.",
        "%(n)s deals are not in the total: no rate from %(base)s to %(quote)s on %(on)s.",
        rate.deals,
    )
    return text % {"n": rate.deals, "base": rate.base, "quote": rate.quote, "on": day(rate.on)}
