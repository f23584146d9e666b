"""A comparison of plans in the reader's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.figures import NONE, money, number, percent, short_money
from core.vocabulary import label
from planning.comparison import Comparison, Line
from planning.forms import slider_positions
from planning.models import Assumption, Plan
from planning.selectors import month_labels
from planning.solving import plan_months

FIELDS = {field.name: field.verbose_name for field in Plan._meta.concrete_fields}
OUTCOMES = {
    "expected": gettext_lazy("Expected"),
    "p_target": gettext_lazy("Chance of the target"),
    "p80_revenue": gettext_lazy("At least, 4 of 5 times"),
    "new_leads": gettext_lazy("New leads"),
    "wins": gettext_lazy("Won"),
    "spend": gettext_lazy("Spent on leads"),
    "cost": gettext_lazy("Cost"),
    "profit": gettext_lazy("Profit"),
}
# Less than this is the same as shown.
SAME = {"p_target": 0.005, "new_leads": 0.5, "wins": 0.5, "entries": 0.5}


@dataclass(frozen=True)
class Cell:
    """``difference`` to the first plan in words, and whether it is more or less."""

    text: str
    difference: str = ""
    sign: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    cells: list[Cell]
    what: str = ""


def input_rows(comparison: Comparison) -> list[Row]:
    return [_input(line, comparison.plans) for line in comparison.inputs]


def outcome_rows(comparison: Comparison) -> list[Row]:
    return [_outcome(line, comparison.plans) for line in comparison.outcomes]


def chart_of(comparison: Comparison) -> dict[str, Any]:
    """Lines of expected revenue by month, and a twelfth of each target."""
    return {
        "labels": month_labels(comparison.plans[0]),
        "series": [
            {
                "name": label(plan.name),
                "values": [month["revenue"] for month in document["months"]],
                "target": float(plan.target) / 12,
            }
            for plan, document in zip(comparison.plans, comparison.solved, strict=True)
        ],
        "words": {"target": _("a twelfth of the target")},
    }


def _input(line: Line, plans: Sequence[Plan]) -> Row:
    if line.name.startswith("assumed_"):
        return _assumed(line)
    names = {
        "planned_hires": _("planned hires"),
        "channel_budgets": _("budgets of channels"),
        "shape": _("new leads by month"),
        "repeat_from": _("repeat business from"),
    }
    name = names.get(line.name) or str(FIELDS[line.name])
    words = INPUT_WORDS.get(line.name, _as_it_is)
    cells = [
        Cell(NONE if value is None else words(value, plan))
        for value, plan in zip(line.values, plans, strict=True)
    ]
    return Row(name[:1].upper() + name[1:], cells)


def _assumed(line: Line) -> Row:
    kind = Assumption.Kind(line.name.removeprefix("assumed_"))
    name = label(line.stage[2]) if line.stage else str(kind.label)
    cells = [
        Cell(_("as in history") if value is None else _assumed_value(kind, value))
        for value in line.values
    ]
    return Row(name[:1].upper() + name[1:], cells, what=_("assumed"))


def _assumed_value(kind: str, value: float) -> str:
    if kind == Assumption.Kind.PROMOTION:
        return percent(value, 1)
    return _("%(times)s times") % {"times": number(value, 2)}


def _outcome(line: Line, plans: Sequence[Plan]) -> Row:
    name = label(line.stage[2]) if line.stage else str(OUTCOMES[line.name])
    cells = [
        _cell(line, value, difference, plan)
        for value, difference, plan in zip(line.values, line.differences, plans, strict=True)
    ]
    return Row(name, cells, what=_("entries") if line.stage else "")


def _cell(line: Line, value: Any, difference: float | None, plan: Plan) -> Cell:
    words = _words_of(line.name, plan)
    if value is None:
        return Cell(NONE)
    smallest = SAME.get(line.name, abs(float(value)) * 5e-4)
    if not difference or abs(difference) < smallest:
        return Cell(words(value))
    if line.name == "p_target":
        points = number(abs(difference) * 100)
        text = _("%(n)s points") % {"n": points}
    else:
        text = words(abs(difference))
    sign = "more" if difference > 0 else "less"
    return Cell(words(value), f"{'+' if difference > 0 else '−'}{text}", sign)


def _words_of(name: str, plan: Plan) -> Callable[[Any], str]:
    if name == "p_target":
        return percent
    if name in ("new_leads", "entries", "wins"):
        return number
    return lambda value: short_money(value, plan.currency)


def _as_it_is(value: Any, plan: Plan) -> str:
    return str(value)


def _shape(value: list[float], plan: Plan) -> str:
    if min(value) == max(value):
        return _("even")
    return " ".join(str(position) for position in slider_positions(value))


def _hires(value: list[tuple[str, int, str, float]], plan: Plan) -> str:
    said = []
    for role, n, begins, share in value:
        part = "" if share == 1 else f", {percent(share)}"
        said.append(f"{n} × {label(role)} ({begins}{part})")
    return ", ".join(said) or NONE


def _budgets(value: list[tuple[str, str, str]], plan: Plan) -> str:
    """Each channel's sum with the months that have a limit: Fair 120 k (Jan, Feb)."""
    by_channel: dict[str, dict[str, float]] = {}
    for source, month, amount in value:
        by_channel.setdefault(source, {})[month] = float(amount)
    names = dict(
        zip((day.isoformat() for day in plan_months(plan.year)), month_labels(plan), strict=True)
    )
    return _("; ").join(_of_channel(*row, names, plan) for row in by_channel.items()) or NONE


def _of_channel(
    source: str, amounts: Mapping[str, float], names: Mapping[str, str], plan: Plan
) -> str:
    shown = {"channel": label(source), "amount": short_money(sum(amounts.values()), plan.currency)}
    if len(amounts) == len(names):
        return _("%(channel)s %(amount)s in all months") % shown
    months = _(", ").join(names.get(month, month) for month in amounts)
    return _("%(channel)s %(amount)s (%(months)s)") % (shown | {"months": months})


INPUT_WORDS: dict[str, Callable[[Any, Plan], str]] = {
    "target": lambda value, plan: money(value, plan.currency),
    "budget": lambda value, plan: money(value, plan.currency),
    "confidence": lambda value, plan: plan.get_confidence_display(),
    "objective": lambda value, plan: plan.get_objective_display(),
    "shape": _shape,
    "repeat_from": lambda value, plan: str(Plan.RepeatFrom(value).label),
    "repeat_overlap": lambda value, plan: str(Plan.RepeatOverlap(value).label),
    "repeat_by_month": lambda value, plan: short_money(sum(value), plan.currency),
    "margin": lambda value, plan: percent(value, 1),
    "may_hire": lambda value, plan: _("yes") if value else _("no"),
    "flexibility": lambda value, plan: percent(value),
    "wait_days": lambda value, plan: number(value, 1),
    "wait_half_life": lambda value, plan: number(value, 1),
    "planned_hires": _hires,
    "channel_budgets": _budgets,
}
