"""How those who enter a stage are told: the wins they lead to, over the rate, and the weeks."""

from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent
from planning.explain_names import count, month_of, period, stage_name
from planning.explained import YEAR, Asked, Explained
from planning.solving import SolvedPlan

DIFFERENT = 0.0005
"""Rates nearer than this are shown alike."""


def entry_sentences(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts = explained.facts
    if not facts["wins"] or facts["rate"]["success"]["rate"] is None:
        nothing = _("Nobody who enters here has been seen to be won, so no wins are counted on.")
        return [_count(solved, explained), nothing]
    return [
        _chain(solved, explained),
        _assumed(solved, explained),
        _mix(solved, explained),
        _lag(facts),
        _customers(solved, explained),
    ]


def _count(solved: SolvedPlan, explained: Explained) -> str:
    text = _("%(n)s to enter %(stage)s in %(period)s.")
    return text % known_of(solved, explained)


def _chain(solved: SolvedPlan, explained: Explained) -> str:
    """188 to enter Proposal in May = 61 wins, most of them in August, ÷ 32.4 %."""
    facts, landing = explained.facts, explained.facts["landing_month"]
    known = known_of(solved, explained) | {
        "wins": count(facts["wins"]),
        "rate": _rate(solved, explained),
        "in_year": count(float(facts["landing"].sum())),
    }
    if explained.asked.month is None or landing is None:
        text = _(
            "%(n)s to enter %(stage)s in %(period)s = %(wins)s wins ÷ %(rate)s; %(in_year)s of "
            "these wins come within the year."
        )
    elif landing >= YEAR:
        text = _(
            "%(n)s to enter %(stage)s in %(period)s = %(wins)s wins, most of them after the year, "
            "÷ %(rate)s."
        )
    else:
        known["landing"] = month_of(solved, landing)
        text = _(
            "%(n)s to enter %(stage)s in %(period)s = %(wins)s wins, most of them in %(landing)s, "
            "÷ %(rate)s."
        )
    return text % known


def _rate(solved: SolvedPlan, explained: Explained) -> str:
    """32.4 % (29.9–35.1, n 541); of customers, who may win more than one deal, wins per 100."""
    facts = explained.facts
    if is_of_customers(solved, explained.asked):
        return _("%(n)s wins per 100") % {"n": number(100 * facts["success"], 2)}
    if is_mixed(facts) or is_assumed(facts):
        return percent(facts["success"], 1)
    return banded(facts["rate"])


def banded(rate: dict[str, Any]) -> str:
    """A published success rate with its band and number of cases."""
    success = rate["success"]
    return _("%(rate)s (%(low)s–%(high)s, n %(n)s)") % {
        "rate": percent(success["rate"], 1),
        "low": number(100 * success["low80"], 1),
        "high": number(100 * success["high80"], 1),
        "n": number(rate["promotion"]["n_eff"]),
    }


def is_mixed(facts: dict[str, Any]) -> bool:
    """Whether the plan's channels are won at another rate than all leads."""
    return bool(abs(facts["success"] - facts["common"]) > DIFFERENT)


def is_assumed(facts: dict[str, Any]) -> bool:
    """Whether the plan takes the rate to be another than history says."""
    return bool(abs(facts["common"] - facts["history"]) > DIFFERENT)


def is_of_customers(solved: SolvedPlan, asked: Asked) -> bool:
    return asked.stage is not None and solved.funnel.rows[asked.stage][0] == "customer"


def _lag(facts: dict[str, Any]) -> str:
    half, most = facts["median_weeks"], facts["two_thirds_weeks"]
    if half is None or most is None:
        return ""
    text = _(
        "Half of these wins come within %(half)s weeks of entering, two thirds within %(most)s."
    )
    return text % {"half": number(half), "most": number(most)}


def _assumed(solved: SolvedPlan, explained: Explained) -> str:
    facts = explained.facts
    if not is_assumed(facts):
        return ""
    by_history = banded(facts["rate"])
    if is_of_customers(solved, explained.asked):
        by_history = _("%(n)s wins per 100") % {"n": number(100 * facts["history"], 2)}
    text = _("The plan assumes other rates than history gives; by those it would be %(rate)s.")
    return text % {"rate": by_history}


def _mix(solved: SolvedPlan, explained: Explained) -> str:
    facts = explained.facts
    if not is_mixed(facts):
        return ""
    every = banded(facts["rate"])
    if is_of_customers(solved, explained.asked):
        every = _("%(n)s wins per 100") % {"n": number(100 * facts["common"], 2)}
    elif is_assumed(facts):
        every = percent(facts["common"], 1)
    return _mix_text(facts) % {"all": every}


def _mix_text(facts: dict[str, Any]) -> str:
    if "share" not in facts:
        return _(
            "That is the rate of the channels which the plan buys; of all leads it is %(all)s."
        )
    if facts["share"]["basis"] == "channels":
        return _("Its own rate is %(all)s, scaled so that all sources together have the plan's.")
    return _("Its own rate is %(all)s; the channels which the plan buys differ from all leads.")


def _customers(solved: SolvedPlan, explained: Explained) -> str:
    if not is_of_customers(solved, explained.asked) or is_assumed(explained.facts):
        return ""
    if explained.asked.dimension and not explained.facts["told_by"]:
        # That rate is the whole plan's.
        return ""
    text = _("Of all who enter, %(rate)s win at least one deal; some more than one.")
    return text % {"rate": banded(explained.facts["rate"])}


def known_of(solved: SolvedPlan, explained: Explained) -> dict[str, str]:
    asked = explained.asked
    stage = "" if asked.stage is None else stage_name(solved, asked.stage)
    return {
        "n": number(explained.shown),
        "stage": stage,
        "period": period(solved, asked),
    }
