"""Hours of people and leads of channels by month."""

from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from core.tables import Cell, Figure, Table, counts, figures
from core.vocabulary import label
from planning.rounding import cents, largest_remainder
from planning.tables.facts import Facts

Rows = list[list[Cell]]


def people(facts: Facts) -> Table:
    rows: Rows = []
    for role, cells in groupby(_ordered(facts, "capacity", "role"), key=lambda row: row["role"]):
        rows += _role(facts, role, list(cells))
    return Table(
        slug="people",
        title=_("People: hours needed, of hours there"),
        lead=_people_lead(facts),
        heads=[_("Role"), _("What"), *facts.month_heads],
        rows=rows,
        labels=2,
    )


def _people_lead(facts: Facts) -> list[str]:
    if not facts.is_reached:
        return [_("What the target takes of the people who are there, without hires.")]
    return [_("With the hires of this plan. Above 85 % waiting grows faster than work.")]


def _ordered(facts: Facts, what: str, by: str) -> list[dict[str, Any]]:
    return sorted(facts.found.get(what, []), key=lambda row: (row[by], row["month"]))


def _role(facts: Facts, role: str, cells: list[dict[str, Any]]) -> Rows:
    needed = [row["hours_needed"] for row in cells]
    there = [row["hours_available"] for row in cells]
    hired = {row["month"]: row["count"] for row in facts.found["hires"] if row["role"] == role}
    hires = [hired.get(row["month"], 0.0) for row in cells]
    needed, there, hires = ([*row, sum(row)] for row in (needed, there, hires))
    shares = [n / a if a > 0 else None for n, a in zip(needed, there, strict=True)]
    hires_are = _("hires who begin") if facts.is_reached else _("hires, if the most were done")
    return [
        [label(role), _("hours needed"), *figures(needed, "decimal")],
        [label(role), _("hours there"), *figures(there, "decimal")],
        [label(role), _("utilisation"), *figures(shares, "share")],
        [label(role), hires_are, *figures(hires, "decimal")],
    ]


def channels(facts: Facts) -> Table:
    rows: Rows = []
    places = {first.isoformat(): place for place, first in enumerate(facts.months)}
    by_source = groupby(_ordered(facts, "spend", "source"), key=lambda row: row["source"])
    for source, cells in by_source:
        leads, amounts = [0.0] * len(places), [0.0] * len(places)
        for row in cells:
            leads[places[row["month"]]] += row["leads"]
            amounts[places[row["month"]]] += row["amount"]
        rows += _channel(label(source), leads, amounts)
    return Table(
        slug="channels",
        title=_("New leads by channel"),
        lead=_channels_lead(facts),
        heads=[_("Channel"), _("What"), *facts.month_heads],
        rows=rows,
        labels=2,
    )


def _channels_lead(facts: Facts) -> list[str]:
    if not facts.is_reached:
        return [_("The most that can be done within people, channels and budget.")]
    return [_("Spend stands in the month in which it is paid.")]


def _channel(name: str, leads: list[float], amounts: list[float]) -> Rows:
    paid: list[Cell] = [Figure(amount, "money") for amount in cents(amounts)]
    total = sum(cents(amounts))
    return [
        [name, _("leads"), *counts(largest_remainder(leads))],
        [name, _("spend"), *paid, Figure(total, "money", left=len(paid))],
    ]
