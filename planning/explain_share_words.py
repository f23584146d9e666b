"""How the share of one part of a plan is told."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import money, number, percent
from planning.explain_entry_words import known_of
from planning.explain_names import count
from planning.explained import Explained
from planning.own_rates import Ratio
from planning.rounding import CENT
from planning.solving import SolvedPlan

ALIKE = 0.005
"""Times nearer to one than this are told as alike."""

NOTHING = 0.005
"""Fewer are not told."""


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
    said = [text % known, _basis(solved, facts)]
    if facts["basis"] == "target":
        said += [_own(solved, explained), _reconciled(facts)]
    return said


def _basis(solved: SolvedPlan, facts: dict[str, Any]) -> str:
    if facts["basis"] == "channels":
        text = _(
            "%(bought)s of them follow from the leads that the plan buys through channels of this "
            "source. The other %(others)s come without a channel, divided as the last year's "
            "entries here: %(part)s of %(all)s."
        )
        if facts["bought"] < NOTHING:
            text = _(
                "The plan buys nothing here through channels of this source. They come without a "
                "channel, divided as the last year's entries here: %(part)s of %(all)s."
            )
        known = {"bought": count(facts["bought"]), "others": count(facts["others"])}
        return text % (known | _weights(facts))
    if facts["basis"] == "target":
        text = _("Its part of the target is %(share)s: %(part)s of %(all)s.")
        part, whole = (
            money(Decimal(facts[name]) * CENT, solved.plan.currency)
            for name in ("weight", "weights")
        )
        return text % {"share": percent(facts["target"], 1), "part": part, "all": whole}
    return BASES[facts["basis"]]() % _weights(facts)


def _weights(facts: dict[str, Any]) -> dict[str, str]:
    return {"part": number(facts["weight"]), "all": number(facts["weights"])}


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


def _own(solved: SolvedPlan, explained: Explained) -> str:
    """Its wins bring half as much, and half as many are won: it needs four times as many."""
    facts, is_of_wins = explained.facts["share"], explained.asked.about == "won"
    said = [_amount(facts["amount"])]
    if not is_of_wins:
        said.append(_success(facts["success"]))
    worth = facts["amount"].times * (1.0 if is_of_wins else facts["success"].times)
    if abs(worth - 1) < ALIKE:
        return " ".join(said)
    text = _("So its part of the target takes %(times)s times as many: %(own)s.")
    return " ".join([*said, text % {"times": number(1 / worth, 2), "own": count(facts["own"])}])


def _amount(found: Ratio) -> str:
    known = {"times": number(found.times, 2), "n": number(found.n)}
    if not found.is_own:
        text = _("Too few wins of its own (n %(n)s): its deals are taken to be as large as all.")
    elif abs(found.times - 1) < ALIKE:
        text = _("Its wins are as large as all (n %(n)s).")
    else:
        text = _("Its wins are %(times)s times as large as all (n %(n)s).")
    return text % known


def _success(found: Ratio) -> str:
    known = {"times": number(found.times, 2), "n": number(found.n)}
    if not found.is_own:
        text = _("Too few of its own here (n %(n)s): the success rate is that of all.")
    elif abs(found.times - 1) < ALIKE:
        text = _("They are won as often as all (n %(n)s).")
    else:
        text = _("They are won %(times)s times as often as all (n %(n)s).")
    return text % known


def _reconciled(facts: dict[str, Any]) -> str:
    """By their own rates the parts need 112 where the plan has 100: each is scaled."""
    if not facts["all_own"] or not facts["own"]:
        return ""
    known = {"all": count(facts["all_own"]), "whole": number(facts["whole"])}
    if abs(facts["scale"] - 1) < ALIKE:
        return _("All parts together need what the plan has, %(whole)s.") % known
    text = _(
        "All parts together would need %(all)s in this way, and the plan has %(whole)s: each is "
        "multiplied by %(scale)s, so that the parts add up."
    )
    return text % (known | {"scale": number(facts["scale"], 2)})
