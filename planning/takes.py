"""What would it take? The question of a plan, and its answers or why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pipeline.models import Estimate
from planning.models import Plan
from planning.selectors import is_over
from planning.what_it_takes import Asked, TakeRow, answers, asked


@dataclass(frozen=True)
class Takes:
    """``question`` is None of a year that is over; ``sentence`` says why there are no ``rows``."""

    question: Asked | None
    rows: Sequence[TakeRow] = ()
    sentence: str = ""


def takes_of(plan: Plan, estimate: Estimate) -> Takes:
    """By the rates that the saved plan was solved with. Raises MissingExchangeRate."""
    if is_over(plan, estimate):
        return Takes(None, sentence=_("This year is over."))
    question = asked(plan, estimate)
    standing = question.standing
    if standing.spare(standing.worth) >= 0:
        text = _("Nothing: the new leads of the last year are enough.")
        return Takes(question, sentence=text)
    if standing.law.eventual_revenue[0] <= 0:
        return Takes(question, sentence=_("Nothing can be said: no deal was ever won."))
    if not standing.new_leads.any():
        text = _("Nothing can be said: no new leads came in the last year.")
        return Takes(question, sentence=text)
    return Takes(question, answers(question))
