"""What each team, source, region or product must do, as a table: all parts, stage by stage."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from core.tables import Cell, Figure, Table, counts
from core.vocabulary import label
from planning.part_words import division_sentences
from planning.requirement_parts import DividedStage, divided, divided_wins
from planning.segments import WON
from planning.tables.facts import Facts


def part_title(dimension: str) -> str:
    return {
        "team": _("By team"),
        "source": _("By source"),
        "region": _("By region"),
        "product": _("By product"),
    }[dimension]


def by_part(facts: Facts, dimension: str) -> Table:
    shares = facts.shares(dimension)
    stages = list(divided(facts.rows, shares))
    wins = divided_wins(_wins(facts), shares)[1]
    rows: list[Sequence[Cell]] = []
    for p, name in enumerate(shares.names):
        rows += [[name, *_stage(stage, p)] for stage in stages]
        amount = shares.amount(p)
        told: list[Cell] = [
            Figure(None, "money"),
            _own(is_own=amount.is_own),
            Figure(None, "share"),
            "",
        ]
        rows.append([name, _("Won"), _share(float(shares.exact(WON)[p])), *told, *counts(wins[p])])
    return Table(
        slug=f"by-{dimension}",
        title=part_title(dimension),
        lead=[*division_sentences(shares, stages), *facts.asked_for],
        heads=[
            _("Part"),
            _("Stage"),
            _("Share"),
            _("Mean amount"),
            _("The amount is"),
            _("Success rate"),
            _("The rate is"),
            *facts.month_heads,
        ],
        rows=rows,
        labels=2,
    )


def _wins(facts: Facts) -> list[float]:
    return [month["wins"] + month.get("won_so_far", 0.0) for month in facts.found["months"]]


def _stage(stage: DividedStage, p: int) -> Iterator[Cell]:
    shares = stage.shares
    yield label(stage.rows[0].name)
    yield _share(float(stage.share[p]))
    yield Figure(stage.mean(p, stage.amounts(p)), "money")
    yield _own(is_own=shares.amount(p).is_own)
    yield Figure(stage.mean(p, stage.success(p)), "share")
    yield _own(is_own=shares.success(stage.key, p).is_own)
    yield from counts([int(n) for n in stage.rounded[p]])


def _share(value: float) -> Figure:
    return Figure(value, "share")


def _own(*, is_own: bool) -> str:
    return _("its own") if is_own else _("of the whole plan")
