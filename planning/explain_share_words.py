"""How the share of one part of a plan is told."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import money, number, percent
from planning.explain_entry_words import known_of
from planning.explained import Explained
from planning.rounding import CENT
from planning.solving import SolvedPlan


def share_sentences(solved: SolvedPlan, explained: Explained) -> list[str]:
    """North has 12 of the 48 to enter Proposal in May: 25 %, its share of the target."""
    facts = explained.facts.get("share")
    if facts is None:
        return []
    known = known_of(solved, explained) | {
        "name": explained.asked.name,
        "all": number(facts["whole"]),
        "share": percent(facts["share"], 1),
    }
    if explained.asked.about == "won":
        text = _("%(name)s: %(n)s of the %(all)s wins of %(period)s, a share of %(share)s.")
    else:
        text = _(
            "%(name)s: %(n)s of the %(all)s to enter %(stage)s in %(period)s, a share of %(share)s."
        )
    return [text % known, _basis(solved, facts)]


def _basis(solved: SolvedPlan, facts: dict[str, Any]) -> str:
    if facts["basis"] == "target":
        text = _("That is the part of the target: %(part)s of %(all)s.")
        part, whole = (
            money(Decimal(facts[name]) * CENT, solved.plan.currency)
            for name in ("weight", "weights")
        )
        return text % {"part": part, "all": whole}
    known = {"part": number(facts["weight"]), "all": number(facts["weights"])}
    return BASES[facts["basis"]]() % known


BASES: dict[str, Callable[[], str]] = {
    "stage": lambda: _(
        "The target is not split this way yet: %(part)s of the %(all)s who got here in the last "
        "year were of this part."
    ),
    "funnel": lambda: _(
        "The target is not split this way yet, and nothing was counted here in the last year: "
        "%(part)s of the %(all)s entries into all stages were of this part."
    ),
    "alike": lambda: _("Nothing tells the parts apart yet, so all have the same share."),
}
