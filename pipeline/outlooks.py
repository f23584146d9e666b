"""What the latest rates say of a deal: its chance, the reasons, and how long its stage takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.models import Opportunity
from pipeline.reasons import Reason, reasons_of
from pipeline.selectors import UsualDwell, WinTable, chance_of, win_tables

Age = Literal["", "warm", "hot"]


@dataclass(frozen=True)
class Outlook:
    """A deal by the rates at an instant.

    ``probability`` is ``None`` where nobody can know, ``reasons`` are strongest first, ``usual`` is
    the dwell of its stage where enough deals have left it. ``days`` are whole days in the stage.
    ``age`` is ``hot`` for a deal that is rotting, ``warm`` for one that three of four others have
    overtaken, else empty.
    """

    probability: float | None
    reasons: tuple[Reason, ...]
    usual: UsualDwell | None
    days: int | None
    age: Age


def outlook_of(
    deal: Opportunity, table: WinTable | None, *, at: datetime, with_reasons: bool = True
) -> Outlook:
    usual = table.usual.get(deal.stage_id) if table else None
    return Outlook(
        probability=chance_of(deal, table, at=at),
        reasons=tuple(_reasons(deal, table, at=at)) if with_reasons else (),
        usual=usual,
        days=deal.days_in_stage(at=at),
        age=_age(deal, usual, at=at),
    )


def _reasons(deal: Opportunity, table: WinTable | None, *, at: datetime) -> list[Reason]:
    if table is None:
        return []
    return reasons_of(deal, table.of(deal), at=at, levels=table.levels, names=table.names)


def outlooks(
    deals: Iterable[Opportunity], *, at: datetime, with_reasons: bool = True
) -> dict[int, Outlook]:
    """By deal; one query per pipeline, for its latest estimate. Deals need their stage loaded."""
    found = list(deals)
    tables = win_tables(found)
    return {
        deal.pk: outlook_of(deal, tables[deal.pipeline_id], at=at, with_reasons=with_reasons)
        for deal in found
    }


def _age(deal: Opportunity, usual: UsualDwell | None, *, at: datetime) -> Age:
    if deal.is_rotting(at=at, usual=usual.nine_of_ten if usual else None):
        return "hot"
    days = deal.days_in_stage(at=at)
    if usual is None or days is None or not deal.stage.is_open:
        return ""
    return "warm" if days > usual.three_of_four else ""
