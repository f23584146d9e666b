"""A sub-plan as a table: numbers and quality of its stages by month."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.tables import Cell, Figure, Table, counts, figures
from planning.sub_plans import StageMonths, SubPlan
from planning.tables.facts import Facts


def sub_plan(facts: Facts, found: SubPlan) -> Table:
    rows = [row for stage in found.stages for row in _stage(stage)]
    if found.wins is not None:
        rows.append([_("Won"), _("wins"), *counts(found.wins)])
    return Table(
        slug=found.part,
        title=found.title,
        lead=[*found.sentences, *facts.asked_for],
        heads=[_("Stage"), _("What"), *facts.month_heads],
        rows=rows,
        labels=2,
    )


def _stage(stage: StageMonths) -> list[list[Cell]]:
    def row(what: str, cells: Sequence[Cell]) -> list[Cell]:
        return [stage.name, what, *cells]

    rows = [
        row(_("entries"), counts(stage.entries)),
        row(_("so far and from what is open"), counts(stage.already)),
        row(_("new"), counts(stage.new)),
        row(_("4 of 5 times at least"), [*figures(stage.low80, "decimal"), None]),
        row(_("4 of 5 times at most"), [*figures(stage.high80, "decimal"), None]),
        row(_("mean amount"), figures([*stage.amounts, stage.mean_amount], "money")),
        row(_("success rate"), figures([*stage.success, stage.mean_success], "share")),
    ]
    if stage.rate:
        months, rate = len(stage.rows), stage.rate
        n: list[Cell] = [None] * months
        rows += [
            row(_("of all so far, at least"), [*n, Figure(rate["low80"], "share")]),
            row(_("of all so far, at most"), [*n, Figure(rate["high80"], "share")]),
            row(_("of all so far, n"), [*n, Figure(rate["n"], "decimal")]),
        ]
    return rows
