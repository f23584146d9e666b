"""What limits a plan, as its page shows it: bars, hours by role and month, channels, hires."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from core.vocabulary import label
from planning.covered_words import no_limit_sentence
from planning.limit_words import by_weight, hire_sentence, limit_sentence, worth_sentence
from planning.models import Plan
from planning.rounding import largest_remainder
from planning.solving import plan_months
from planning.utilisation import HARD

Document = dict[str, Any]
MOST_LIMITS = 5
FULL = 100.0


@dataclass(frozen=True)
class Cell:
    """Hours of a role in a month: ``share`` needed of those there; ``heat`` 0 to 3."""

    key: str
    share: float | None
    needed: float
    available: float
    heat: int
    hires: float


@dataclass(frozen=True)
class RoleRow:
    key: str
    name: str
    cells: list[Cell]
    share: float | None
    hire_by: date | None


@dataclass(frozen=True)
class ChannelRow:
    """Leads of a channel by month as displayed, whose sum is ``total``; ``use`` of its volume."""

    key: str
    name: str
    cells: list[int]
    total: int
    amount: float
    per_lead: float | None
    use: float | None


@dataclass(frozen=True)
class Bar:
    """How much of a means is used: ``width`` in hundredths, at most 100; ``at`` when the most;
    ``cell``: the number that explains it."""

    cell: str
    kind: str
    name: str
    share: float
    width: str
    heat: int
    at: date | None


@dataclass(frozen=True)
class LimitPicture:
    is_reached: bool
    has_people: bool
    has_channels: bool
    bars: list[Bar]
    roles: list[RoleRow]
    channels: list[ChannelRow]
    hires: list[Document]
    sentences: list[tuple[str, str]]
    no_limit: str
    spend: float
    cost: float
    profit: float | None
    budget: float | None


def limit_picture(plan: Plan, found: Document, *, is_over: bool) -> LimitPicture | None:
    """None where neither people nor channels are typed."""
    if not found.get("is_limited"):
        return None
    months = plan_months(plan.year)
    roles = _roles(found, months)
    channels = _channels(found, months)
    spend = sum(row["amount"] for row in found["spend"])
    budget = None if plan.budget is None else float(plan.budget)
    hires = [
        row | {"month": date.fromisoformat(row["month"]), "role": label(row["role"])}
        for row in found["hires"]
    ]
    return LimitPicture(
        is_reached=found["is_reached"],
        has_people=found["has_people"],
        has_channels=found["has_channels"],
        # Of a target out of reach it is not known which channels it would take.
        bars=_bars(roles, channels if found["is_reached"] else [], months, spend, budget),
        roles=roles,
        channels=channels,
        hires=hires,
        sentences=[_said(plan, limit) for limit in by_weight(found["limits"])[:MOST_LIMITS]],
        no_limit=no_limit_sentence(is_over, found["is_reached"]),
        spend=spend,
        cost=found["cost"],
        profit=found["profit"],
        budget=budget,
    )


def _said(plan: Plan, limit: Document) -> tuple[str, str]:
    worth = hire_sentence(plan, limit) if limit["hire_price"] else worth_sentence(plan, limit)
    return limit_sentence(limit), worth


def _roles(found: Document, months: tuple[date, ...]) -> list[RoleRow]:
    hired = {(row["role"], row["month"]): row["count"] for row in found["hires"]}
    hired = hired if found["is_reached"] else {}
    rows = []
    by_role = sorted(found["capacity"], key=lambda row: (row["role"], row["month"]))
    for role, cells in groupby(by_role, key=lambda row: row["role"]):
        of_role = list(cells)
        if not any(row["hours_needed"] for row in of_role):
            continue
        needed = sum(row["hours_needed"] for row in of_role)
        there = sum(row["hours_available"] for row in of_role)
        latest = found["latest_hires"].get(role)
        rows.append(
            RoleRow(
                key=f"hours-{role}",
                name=label(role),
                cells=[
                    _cell(row, i, hired.get((role, row["month"]), 0.0))
                    for i, row in enumerate(of_role)
                ],
                share=needed / there if there else None,
                hire_by=date.fromisoformat(latest) if latest else None,
            )
        )
    return rows


def _cell(row: Document, place: int, hires: float) -> Cell:
    needed, there = row["hours_needed"], row["hours_available"]
    share = needed / there if there > 0 else None
    return Cell(f"hours-{row['role']}-{place}", share, needed, there, _heat(share, needed), hires)


def _heat(share: float | None, needed: float) -> int:
    if share is None:
        return 3 if needed > 1 else 0
    return 3 if share > 1.0005 else 2 if share > HARD else 1 if share > 0.5 else 0


def _channels(found: Document, months: tuple[date, ...]) -> list[ChannelRow]:
    place = {first.isoformat(): i for i, first in enumerate(months)}
    by_source = sorted(found["spend"], key=lambda row: row["source"])
    rows = []
    for source, each in groupby(by_source, key=lambda row: row["source"]):
        leads, most, amount = [0.0] * len(months), 0.0, 0.0
        for row in each:
            leads[place[row["month"]]] += row["leads"]
            most, amount = most + row["most"], amount + row["amount"]
        total = sum(leads)
        shown = largest_remainder(leads)
        rows.append(
            ChannelRow(
                key=f"channel-{source}",
                name=label(source),
                cells=shown,
                total=sum(shown),
                amount=amount,
                per_lead=amount / total if total > 0.5 else None,
                use=total / most if most else None,
            )
        )
    return sorted(rows, key=lambda row: -row.total)


def _bars(
    roles: list[RoleRow],
    channels: list[ChannelRow],
    months: tuple[date, ...],
    spend: float,
    budget: float | None,
) -> list[Bar]:
    """People by their worst month, budget by its sum, channels by their year."""
    bars = []
    for role in roles:
        known = [(cell.share, i) for i, cell in enumerate(role.cells) if cell.share is not None]
        if known:
            share, worst = max(known)
            bars.append(_bar(role.cells[worst].key, "people", role.name, share, months[worst]))
    if budget:
        bars.append(_bar("spend", "budget", "", spend / budget, None))
    bars += [
        _bar(f"{row.key}-total", "channel", row.name, row.use, None)
        for row in channels
        if row.use is not None
    ]
    return bars


def _bar(cell: str, kind: str, name: str, share: float, at: date | None) -> Bar:
    heat = _heat(share, 2.0) if kind == "people" else 2 if share > 0.995 else 1
    return Bar(cell, kind, name, share, f"{min(FULL * share, FULL):.2f}", heat, at)
