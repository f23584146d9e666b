"""Plans side by side: what was put into them that differs, and what came out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from accounts.models import User
from planning.means_changes import MeansChanges
from planning.models import Assumption, ChannelBudget, Plan, Staff
from planning.selectors import plan_document

FEWEST, MOST = 2, 4
# What a manager decides of a plan, in the order of the page.
INPUTS = (
    "target",
    "year",
    "currency",
    "confidence",
    "shape",
    "repeat_from",
    "repeat_overlap",
    "repeat_by_month",
    "objective",
    "budget",
    "margin",
    "may_hire",
    "flexibility",
    "wait_days",
    "wait_half_life",
)
MONEY = {"expected", "p80_revenue", "spend", "cost", "profit"}

StageKey = tuple[str, int | None]


@dataclass(frozen=True)
class Line:
    """One thing of all plans, in their order; None where a plan has nothing of it.

    ``differences`` to the first plan: None where one of the two is missing, or they are money of
    two currencies. ``stage``: kind, id and name of the stage that it is about.
    """

    name: str
    values: tuple[Any, ...]
    differences: tuple[float | None, ...] = ()
    stage: tuple[str, int | None, str] | None = None

    def document(self) -> dict[str, Any]:
        kind, pk, name = self.stage or (None, None, None)
        found: dict[str, Any] = {
            "name": self.name,
            "stage": {"kind": kind, "id": pk, "name": name} if kind else None,
            "values": [_plain(value) for value in self.values],
        }
        return found | ({"differences": list(self.differences)} if self.differences else {})


@dataclass(frozen=True)
class Comparison:
    """``plans`` with their solved documents, in one order throughout."""

    plans: tuple[Plan, ...]
    solved: tuple[dict[str, Any], ...]
    inputs: tuple[Line, ...]
    outcomes: tuple[Line, ...]

    def document(self) -> dict[str, Any]:
        """The documented shape; months are counted from the first of each plan's year."""
        return {
            "plans": [
                {"id": plan.pk, "name": plan.name, "scenario_of": plan.scenario_of_id}
                | {"year": plan.year, "currency": plan.currency, "target": str(plan.target)}
                for plan in self.plans
            ],
            "inputs": [line.document() for line in self.inputs],
            "outcomes": [line.document() for line in self.outcomes],
            "verdicts": [document["verdict"] for document in self.solved],
            "expected_by_month": [
                [month["revenue"] for month in document["months"]] for document in self.solved
            ],
        }


def family_of(plan: Plan, user: User) -> QuerySet[Plan]:
    """The plan that ``plan`` is a scenario of, or itself, and all its scenarios."""
    root = plan.scenario_of_id or plan.pk
    plans = Plan.objects.visible_to(user).filter(Q(pk=root) | Q(scenario_of=root))
    told = Prefetch("assumptions", Assumption.objects.told())
    return plans.select_related("pipeline", "estimate", "owner").prefetch_related(told)


def compare(plans: Iterable[Plan]) -> Comparison:
    """``plans``, two to four, differences being to the first."""
    compared = tuple(plans)
    prefetch_related_objects(compared, "requirements", "assumptions")
    # Plans are laid side by side as they were solved, whatever has changed since.
    solved = tuple(plan_document(plan, changes=MeansChanges()) for plan in compared)
    return Comparison(
        plans=compared,
        solved=solved,
        inputs=tuple(line for line in _inputs(compared) if _differs(line)),
        outcomes=tuple(_outcomes(compared, solved)),
    )


def _differs(line: Line) -> bool:
    return any(value != line.values[0] for value in line.values)


def _inputs(plans: Sequence[Plan]) -> Iterator[Line]:
    for name in INPUTS:
        yield Line(name, tuple(getattr(plan, name) for plan in plans))
    yield Line("planned_hires", _planned_hires(plans))
    yield Line("channel_budgets", _channel_budgets(plans))
    yield from _assumptions(plans)


def _planned_hires(plans: Sequence[Plan]) -> tuple[Any, ...]:
    """(role, people, first day, share of full time) of each hire."""
    rows = Staff.objects.filter(plan__in=plans).order_by("role__order", "role", "begins")
    found: dict[int | None, list[tuple[str, int, str, float]]] = {}
    names = ("plan", "role__name", "headcount", "begins", "share")
    for plan, role, people, begins, share in rows.values_list(*names):
        found.setdefault(plan, []).append((role, people, begins.isoformat(), share))
    return tuple(found.get(plan.pk, []) for plan in plans)


def _channel_budgets(plans: Sequence[Plan]) -> tuple[Any, ...]:
    """(source, first day of the month, amount) of each."""
    rows = ChannelBudget.objects.filter(plan__in=plans).order_by("channel__source__name", "month")
    names = ("plan", "channel__source__name", "month", "amount")
    found: dict[int, list[tuple[str, str, str]]] = {}
    for plan, source, month, amount in rows.values_list(*names):
        found.setdefault(plan, []).append((source, month.isoformat(), str(amount)))
    return tuple(found.get(plan.pk, []) for plan in plans)


def _assumptions(plans: Sequence[Plan]) -> Iterator[Line]:
    """A line for each thing that any of them assumes; None where history holds."""
    made = [{(row.kind, row.row): row for row in plan.assumptions.all()} for plan in plans]
    for kind, row in dict.fromkeys(key for rows in made for key in rows):
        some = next(rows[kind, row] for rows in made if (kind, row) in rows)
        values = tuple(rows[kind, row].value if (kind, row) in rows else None for rows in made)
        yield Line(f"assumed_{kind}", values, stage=(*row, some.name) if row else None)


def _outcomes(plans: Sequence[Plan], solved: Sequence[dict[str, Any]]) -> Iterator[Line]:
    rows = {
        "expected": [document["expected"] for document in solved],
        "p_target": [document["p_target"] for document in solved],
        "p80_revenue": [document["p80_revenue"] for document in solved],
        "new_leads": [_total(document, "new_leads") for document in solved],
    }
    for name, values in rows.items():
        yield _outcome(name, values, plans)
    yield from _entries(plans, solved)
    for name, values in {
        "wins": [_total(document, "wins", "won_so_far") for document in solved],
        "spend": [_spend(document) for document in solved],
        "cost": [document["cost"] for document in solved],
        "profit": [document["profit"] for document in solved],
    }.items():
        if any(value is not None for value in values):
            yield _outcome(name, values, plans)


def _total(document: dict[str, Any], *names: str) -> float | None:
    months = document["months"]
    return sum(month.get(name, 0.0) for month in months for name in names) if months else None


def _spend(document: dict[str, Any]) -> float | None:
    rows = document["spend"]
    return sum(row["amount"] for row in rows) if rows else None


def _entries(plans: Sequence[Plan], solved: Sequence[dict[str, Any]]) -> Iterator[Line]:
    """Entries into each stage over the year."""
    totals: list[dict[StageKey, float]] = []
    names: dict[StageKey, str] = {}
    for document in solved:
        found: dict[StageKey, float] = {}
        for row in document["requirements"]:
            key = row["kind"], row["stage"]
            names.setdefault(key, row["name"])
            found[key] = found.get(key, 0.0) + row["entries"]
        totals.append(found)
    for key, name in names.items():
        values = [found.get(key) for found in totals]
        yield _outcome("entries", values, plans, stage=(*key, name))


def _outcome(
    name: str,
    values: Sequence[float | None],
    plans: Sequence[Plan],
    stage: tuple[str, int | None, str] | None = None,
) -> Line:
    first = values[0]
    differences = tuple(
        value - first
        if value is not None
        and first is not None
        and (name not in MONEY or plan.currency == plans[0].currency)
        else None
        for value, plan in zip(values, plans, strict=True)
    )
    return Line(name, tuple(values), differences, stage)


def _plain(value: Any) -> Any:
    """As JSON: money as a string, the rest as it is."""
    is_plain = isinstance(value, str | int | float | bool | list | tuple | None)
    return value if is_plain else str(value)
