"""All tables of a plan, from which its workbook and its CSV files are made."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from django.utils.translation import gettext as _

from core.tables import Table
from core.workbooks import Sheet, workbook_file
from planning.tables import means, money, requirements
from planning.tables.facts import Document, Facts
from planning.tables.parts import by_part, part_title
from planning.tables.sub_plans import sub_plan
from planning.tables.summary import summary


def plan_sheets(facts: Facts) -> list[Sheet]:
    """Those of the workbook; the summary alone where nothing was solved yet."""
    return [Sheet(name, tables) for name, tables in _sheets(facts)]


def _sheets(facts: Facts) -> Iterator[tuple[str, list[Table]]]:
    names = tables_of(facts)
    for slug, name in names.items():
        if slug != "overload":
            below = ["overload"] if slug == "risk" and "overload" in names else []
            yield name, [plan_table(facts, each) for each in (slug, *below)]


class Part(Protocol):
    @property
    def part(self) -> str: ...
    @property
    def title(self) -> str: ...


def table_names(
    found: Document, parts: Iterable[Part], dimensions: Iterable[str] = ()
) -> dict[str, str]:
    """The tables of a solution with these sub-plans, divided by ``dimensions``, by the word in
    their address, in the order of the sheets."""
    names = {"summary": _("Summary")}
    if not found:
        return names
    names |= {"requirements": _("Requirements"), "requirements-unrounded": _("Not rounded")}
    names |= {each.part: each.title for each in parts}
    names |= {f"by-{dimension}": part_title(dimension) for dimension in dimensions}
    if found.get("capacity"):
        names["people"] = _("People")
    if found.get("spend"):
        names["channels"] = _("Channels")
    names |= {"revenue": _("Revenue"), "risk": _("Risk")}
    if found.get("has_people"):
        names["overload"] = _("Load of work")
    if found.get("is_limited"):
        names["limits"] = _("Limits")
    return names


def tables_of(facts: Facts) -> dict[str, str]:
    return table_names(facts.found, facts.sub_plans, facts.dimensions)


def plan_table(facts: Facts, slug: str) -> Table:
    """Raises KeyError where the plan has no such table."""
    parts = {each.part: each for each in facts.sub_plans}
    if slug.startswith("by-"):
        return by_part(facts, slug.removeprefix("by-"))
    return sub_plan(facts, parts[slug]) if slug in parts else MAKERS[slug](facts)


def _risk(facts: Facts) -> Table:
    return money.fan(facts, facts.risk or {})


def _overload(facts: Facts) -> Table:
    return money.overload(facts.risk or {})


MAKERS: dict[str, Callable[[Facts], Table]] = {
    "summary": summary,
    "requirements": requirements.requirements,
    "requirements-unrounded": requirements.unrounded,
    "people": means.people,
    "channels": means.channels,
    "revenue": money.revenue,
    "risk": _risk,
    "overload": _overload,
    "limits": money.limits,
}


def plan_workbook(facts: Facts) -> bytes:
    plan = facts.plan
    sheets = plan_sheets(facts)
    return workbook_file(sheets, title=sheets[0].tables[0].title, currency=plan.currency)
