"""The four sub-plans as the planning page shows them: sentences, and a table of figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent, short_money
from pipeline.models import Estimate
from planning.models import Plan, Requirement
from planning.sub_plans import StageMonths, SubPlan, sub_plans


@dataclass(frozen=True)
class Line:
    """Twelve months and the year of one thing, ready to be read, each with the ``key`` that opens
    it to its arithmetic; ``note`` below the year."""

    what: str
    cells: Sequence[tuple[str, str]]
    total: tuple[str, str]
    is_main: bool = False
    note: str = ""


@dataclass(frozen=True)
class Keys:
    """What the cells of a line are called: ``each`` ends with the place of the month."""

    each: str
    total: str

    def line(
        self, what: str, cells: Sequence[str], total: str, *, is_main: bool = False, note: str = ""
    ) -> Line:
        keyed = [(f"{self.each}-{place}", text) for place, text in enumerate(cells)]
        return Line(what, keyed, (self.total, total), is_main, note)

    def counts(self, what: str, values: Sequence[int], *, is_main: bool = False) -> Line:
        shown = [number(n) for n in values]
        return self.line(what, shown, number(sum(values)), is_main=is_main)


@dataclass(frozen=True)
class StageLines:
    name: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class PartPicture:
    part: str
    title: str
    sentences: Sequence[str]
    stages: Sequence[StageLines]


def part_pictures(
    plan: Plan,
    found: dict[str, Any],
    rows: Iterable[Requirement],
    estimate: Estimate | None,
    *,
    tense: str,
) -> list[PartPicture]:
    """``tense`` of the year: past, current or ahead."""
    already = {
        "past": _("so far"),
        "current": _("so far and from what is open"),
        "ahead": _("from what is open"),
    }[tense]
    return [_picture(plan, each, already) for each in sub_plans(plan, found, rows, estimate)]


def _picture(plan: Plan, found: SubPlan, already: str) -> PartPicture:
    stages = [StageLines(stage.name, _lines(plan, stage, already)) for stage in found.stages]
    if found.wins is not None:
        wins = Keys("won", "won").counts(_("wins"), found.wins, is_main=True)
        stages.append(StageLines(_("Won"), [wins]))
    return PartPicture(found.part, found.title, found.sentences, stages)


def _lines(plan: Plan, stage: StageMonths, already: str) -> list[Line]:
    entering = Keys(f"s{stage.position}", f"total-{stage.position + 1}")
    # A share of the entries, and their rate, are told with them.
    of_them = Keys(f"of{stage.position}", f"of-{stage.position + 1}")
    sized = Keys(f"amount{stage.position}", f"amount{stage.position}-total")
    return [
        entering.counts(_("entries"), stage.entries, is_main=True),
        of_them.counts(already, stage.already),
        of_them.counts(_("new"), stage.new),
        sized.line(
            _("mean amount"),
            [short_money(amount, plan.currency) for amount in stage.amounts],
            short_money(stage.mean_amount, plan.currency),
        ),
        of_them.line(
            _("success rate"),
            [percent(share, 1) for share in stage.success],
            percent(stage.mean_success, 1),
            note=_band(stage),
        ),
    ]


def _band(stage: StageMonths) -> str:
    """68.0 % – 75.0 % · n 329, of all leads so far."""
    if stage.rate is None:
        return ""
    low, high = (percent(stage.rate[name], 1) for name in ("low80", "high80"))
    return f"{low} – {high} · n {number(stage.rate['n'])}"
