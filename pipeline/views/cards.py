"""What a deal's card shows beside the deal itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.figures import percent
from crm.next_steps import NextStep
from pipeline.models import Opportunity
from pipeline.outlooks import Age, Outlook, outlooks
from pipeline.selectors import UsualDwell
from pipeline.views.chances import ReasonView, reason_views

# Reasons that fit into a tip.
TOLD = 3


@dataclass(frozen=True)
class CardView:
    """A deal with what the rates say of it; ``own`` is what a person holds its chance to be.

    ``age`` is ``"warm"`` and ``"hot"`` as of an Outlook. ``step`` is what comes next, None also
    where nobody asked.
    """

    deal: Opportunity
    outlook: Outlook
    own: float | None = None
    step: NextStep | None = None

    @property
    def probability(self) -> float | None:
        return self.outlook.probability

    @property
    def days(self) -> int | None:
        return self.outlook.days

    @property
    def age(self) -> Age:
        return self.outlook.age

    @property
    def chance_sentence(self) -> str:
        return _("Chance of being won: %(chance)s") % {"chance": percent(self.probability)}

    @property
    def reasons(self) -> list[ReasonView]:
        """The strongest, for whoever points at the chance or hears it."""
        return reason_views(self.outlook.reasons[:TOLD])

    @cached_property
    def age_sentence(self) -> str:
        """How long the deal has been in its stage, and what that is measured by."""
        return age_sentence(self.deal, self.outlook)


def card_views(
    deals: Iterable[Opportunity],
    *,
    at: datetime,
    known: Mapping[int, Outlook] | None = None,
    steps: Mapping[int, NextStep] | None = None,
) -> list[CardView]:
    """``known`` are the outlooks of the deals where they have been read already; ``steps`` what
    comes next about them."""
    shown = list(deals)
    known = outlooks(shown, at=at) if known is None else known
    return [
        CardView(
            deal,
            known[deal.pk],
            own=getattr(deal, "own_probability", None),
            step=(steps or {}).get(deal.pk),
        )
        for deal in shown
    ]


def age_sentence(deal: Opportunity, outlook: Outlook) -> str:
    """The days in the stage beside the limit that they passed, else beside the usual."""
    days, usual = outlook.days or 0, outlook.usual
    here = ngettext("%(days)s day here", "%(days)s days here", days) % {"days": days}
    return "; ".join([here, *_measure(deal, outlook.age, usual)])


def _measure(deal: Opportunity, age: Age, usual: UsualDwell | None) -> list[str]:
    limit = deal.stage.rotting_days
    if age == "hot" and limit is not None:
        return [_("it should be %(limit)s at most") % {"limit": limit}]
    if usual is None:
        return []
    if age == "hot":
        text = _("nine of ten deals that leave this stage have left by %(days)s")
        return [text % {"days": usual.nine_of_ten}]
    if age == "warm":
        text = _("three of four deals that leave this stage have left by %(days)s")
        return [text % {"days": usual.three_of_four}]
    return [_("usual is %(days)s") % {"days": usual.half}]
