"""The sub-plans in words: how many, when most, where from, and what they are worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core.templatetags.figures import month, number, percent, short_money
from core.vocabulary import label
from planning.models import Plan

if TYPE_CHECKING:
    from planning.sub_plans import StageMonths

Document = dict[str, Any]
ALIKE = 0.95
"""Of the busiest month: a year whose months all have more is even."""

SMALL = 0.1
"""A rate below this is told with a decimal."""

ENOUGH = 2 / 3
"""Channels are named until they bring this share of the leads."""


def part_title(part: str) -> str:
    return {
        "acquisition": _("Acquisition"),
        "nurturing": _("Nurturing"),
        "tracking": _("Project tracking"),
        "closing": _("Closing"),
    }[part]


def sub_plan_sentences(
    plan: Plan,
    found: Document,
    stages: Sequence[StageMonths],
    wins: Sequence[int] | None,
    *,
    is_over: bool,
) -> list[str]:
    """How many must come and when; of what quality they are; for the last part, what is won."""
    first = stages[0]
    how_many = _entered(first) if is_over else _how_many(found, first)
    said = [how_many, _quality(plan, first)]
    if wins is not None:
        said.append(_won(plan, found, wins, is_over=is_over))
    return [sentence for sentence in said if sentence]


def _entered(stage: StageMonths) -> str:
    known = {"n": number(stage.total), "stage": stage.name, "when": _when(stage)}
    return _("%(n)s entered %(stage)s, %(when)s.") % known


def _how_many(found: Document, stage: StageMonths) -> str:
    known = {"n": number(stage.total), "stage": stage.name, "when": _when(stage)}
    if not stage.total:
        return _("Nobody has to enter %(stage)s.") % known
    if stage.position:
        return _("%(n)s must enter %(stage)s, %(when)s.") % known
    leads = sum(each["new_leads"] for each in found["months"])
    if round(leads) == 0:
        return _("%(n)s enter %(stage)s without new leads, %(when)s.") % known
    known["leads"] = number(leads)
    text = _("%(n)s must enter %(stage)s, %(when)s; %(leads)s of them are new leads")
    return text % known + _channels(found) + _(".")


def _when(stage: StageMonths) -> str:
    """The busiest month, unless all are alike."""
    entries = [row.entries for row in stage.rows]
    if min(entries) > ALIKE * max(entries):
        return _("evenly over the year")
    return _("most in %(month)s") % {"month": month(stage.rows[entries.index(max(entries))].month)}


def _channels(found: Document) -> str:
    """, 68 % from Exhibitions and Cold calls; where the plan says which channels bring them."""
    leads: dict[str, float] = defaultdict(float)
    for row in found.get("spend", ()) if found.get("is_reached") else ():
        leads[row["source"]] += row["leads"]
    total = sum(leads.values())
    if not total:
        return ""
    named: list[str] = []
    share = 0.0
    for source, n in sorted(leads.items(), key=lambda pair: -pair[1]):
        if share >= ENOUGH:
            break
        named, share = [*named, label(source)], share + n / total
    text = _(", %(share)s from %(channels)s")
    return text % {"share": percent(share), "channels": _(" and ").join(named)}


def _quality(plan: Plan, stage: StageMonths) -> str:
    return " ".join(filter(None, [_worth(plan, stage), _success(stage)]))


def _worth(plan: Plan, stage: StageMonths) -> str:
    if not stage.mean_amount:
        return ""
    is_deal = stage.rows[0].kind == "opportunity"
    text = (
        _("Each is worth %(amount)s on average.")
        if is_deal
        else _("A deal of theirs is worth %(amount)s on average.")
    )
    return text % {"amount": short_money(stage.mean_amount, plan.currency)}


def _success(stage: StageMonths) -> str:
    if not stage.rate or stage.mean_success is None:
        return ""
    text = _("%(rate)s are won in the end (of all so far %(low)s to %(high)s, n %(n)s).")
    shares = {
        "rate": stage.mean_success,
        "low": stage.rate["low80"],
        "high": stage.rate["high80"],
    }
    digits = 0 if stage.mean_success >= SMALL else 1
    known = {name: percent(share, digits) for name, share in shares.items()}
    return text % (known | {"n": number(stage.rate["n"])})


def _won(plan: Plan, found: Document, wins: Sequence[int], *, is_over: bool) -> str:
    revenue = sum(each["revenue"] for each in found["months"])
    top = max(range(len(wins)), key=lambda i: wins[i])
    text = (
        _("%(n)s wins, most in %(month)s; the year brought %(money)s.")
        if is_over
        else _("%(n)s wins, most in %(month)s; the year brings %(money)s.")
    )
    return text % {
        "n": number(sum(wins)),
        "money": short_money(revenue, plan.currency),
        "month": month(date.fromisoformat(found["months"][top]["month"])),
    }
