"""How an open deal, or all that goes on with a customer, stands: a level and its reasons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import clock
from core.templatetags.figures import day
from crm.next_steps import NextStep
from pipeline.models import Opportunity
from pipeline.models.opportunities import OpportunityQuerySet
from pipeline.next_steps import without_next_step
from pipeline.outlooks import Age
from pipeline.rotting import rotting

Level = Literal["good", "warm", "hot"]
LABELS = {
    "good": gettext_lazy("On track"),
    "warm": gettext_lazy("Needs attention"),
    "hot": gettext_lazy("At risk"),
}
MANY = 2
"""So many reasons to attend to something together are a risk."""


@dataclass(frozen=True)
class Health:
    """``reasons`` are sentences without a full stop, the gravest first; none where all is well."""

    level: Level
    reasons: list[str]

    @property
    def label(self) -> str:
        return str(LABELS[self.level])


def health(grave: list[str], slight: list[str]) -> Health:
    """At risk is whatever has a grave reason or several slight ones."""
    if grave or len(slight) >= MANY:
        return Health("hot", grave + slight)
    return Health("warm" if slight else "good", slight)


def health_of_deal(
    deal: Opportunity, *, age: Age, age_sentence: str, step: NextStep | None, at: datetime
) -> Health | None:
    """By its time in the stage, what comes next and the day it was to close; None once closed."""
    if not deal.stage.is_open or deal.archived_at is not None:
        return None
    grave = [age_sentence] if age == "hot" else []
    slight = [age_sentence] if age == "warm" else []
    slight += _of_step(step)
    if is_past(deal, at):
        slight.append(_("it should have closed by %(day)s") % {"day": day(deal.expected_close)})
    return health(grave, slight)


def is_past(deal: Opportunity, at: datetime) -> bool:
    """Whether an open deal was expected to be closed before the company's today."""
    today = at.astimezone(clock.company_zone()).date()
    return deal.stage.is_open and deal.expected_close is not None and deal.expected_close < today


def health_of_customer(
    deals: OpportunityQuerySet | None, *, step: NextStep | None, waits: str, at: datetime
) -> Health | None:
    """By ``deals``, those open with the customer, None where there are none, what comes next, and
    ``waits``, the words of a lead that should have been answered; None where nothing goes on.

    Two queries for the deals and those of ``rotting``.
    """
    stuck = deals.filter(rotting(at=at)).count() if deals is not None else 0
    idle = without_next_step(deals).count() if deals is not None else 0
    grave = [waits] if waits else []
    if stuck:
        text = ngettext(
            "%(n)s deal stands too long in its stage",
            "%(n)s deals stand too long in their stage",
            stuck,
        )
        grave.append(text % {"n": stuck})
    slight = _of_step(step) if step else []
    if idle:
        text = ngettext(
            "nothing is planned about %(n)s deal", "nothing is planned about %(n)s deals", idle
        )
        slight.append(text % {"n": idle})
    if not (grave or step) and deals is None:
        return None
    return health(grave, slight)


def _of_step(step: NextStep | None) -> list[str]:
    if step is None:
        return [_("nothing is planned")]
    if not step.days_late:
        return []
    late = ngettext(
        "the next step is %(n)s day overdue", "the next step is %(n)s days overdue", step.days_late
    )
    return [late % {"n": step.days_late}]
