"""Rows of the list of deals, with their words ready: a page of it has fifty."""

from collections.abc import Iterable

from core.templatetags.figures import NONE, day
from pipeline.models import Stage
from pipeline.views.board_cards import BoardCard
from pipeline.views.cards import CardView


class ListRow(BoardCard):
    """What ``deal_rows.jinja`` draws."""

    @property
    def title(self) -> str:
        return self.deal.title

    @property
    def stage(self) -> Stage:
        return self.deal.stage

    @property
    def customer(self) -> str:
        return str(self.deal.customer or NONE)

    @property
    def percent(self) -> str:
        return super().percent if self.is_open else NONE

    @property
    def short_age(self) -> str:
        return NONE if self.days is None else super().short_age

    @property
    def expected_close(self) -> str:
        return day(self.deal.expected_close)

    @property
    def owner(self) -> str:
        return str(self.deal.owner or NONE)


def list_rows(views: Iterable[CardView]) -> list[ListRow]:
    return [ListRow(view.deal, view.outlook, view.own, view.step) for view in views]
