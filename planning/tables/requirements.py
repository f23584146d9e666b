"""How many must enter each stage, rounded as the page shows it and not at all."""

from typing import Any

from django.utils.translation import gettext as _

from core.tables import Cell, Figure, Table, counts
from core.vocabulary import label
from crm.models import PlanPart
from planning.models import Requirement
from planning.selectors import requirement_document
from planning.tables.facts import Facts

SHARES = ("so_far", "open", "direct", "new_leads")


def requirements(facts: Facts) -> Table:
    rows: list[list[Cell]] = []
    for sub_plan in facts.sub_plans:
        rows += [[stage.name, sub_plan.title, *counts(stage.entries)] for stage in sub_plan.stages]
    wins = [sub_plan.wins for sub_plan in facts.sub_plans if sub_plan.wins is not None]
    rows += [[_("Won"), "", *counts(each)] for each in wins]
    return Table(
        slug="requirements",
        title=_("How many must enter each stage"),
        lead=[*facts.asked_for, _("Rounded once so that the months add up to the year.")],
        heads=[_("Stage"), _("Part of the plan"), *facts.month_heads],
        rows=rows,
        labels=2,
    )


def unrounded(facts: Facts) -> Table:
    """A row a stage and month, as the API gives them."""
    return Table(
        slug="requirements-unrounded",
        title=_("Requirements, not rounded"),
        lead=facts.asked_for,
        heads=[
            _("Month"),
            _("Stage"),
            _("Part of the plan"),
            _("Entries"),
            _("So far and from what is open"),
            _("New"),
            _("4 of 5 times at least"),
            _("4 of 5 times at most"),
            _("Mean amount"),
            _("Success rate"),
            _("Share: entered already"),
            _("Share: from what is open"),
            _("Share: by themselves or again"),
            _("Share: from new leads"),
        ],
        rows=[_unrounded(row, requirement_document(row, facts.found)) for row in facts.rows],
        labels=3,
    )


def _unrounded(row: Requirement, document: dict[str, Any]) -> list[Cell]:
    flow = (row.entries, row.from_pipeline, row.new, row.low80, row.high80)
    mix = document["mix"] or {}
    return [
        Figure(row.month, "month"),
        label(row.name),
        str(PlanPart(row.part).label),
        *(Figure(value, "decimal") for value in flow),
        Figure(row.mean_amount, "money"),
        Figure(row.success, "share"),
        *(Figure(mix.get(name), "share") for name in SHARES),
    ]
