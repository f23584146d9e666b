"""The founding case as tables: months, profit, and the stages of the base year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from pipeline.models import Estimate
from planning.demo.base_year import REP_HOURS_A_DAY, BaseYear
from planning.demo.company import BASE_YEAR
from planning.demo.story import Told
from planning.demo.story_pictures import FULL, HIGHEST, MONTHS, first_come, freshest_first
from planning.engine import Load
from planning.engine.law import Floats
from planning.engine.overload import STRAINED
from planning.funnel_law import KnownFunnel


@dataclass(frozen=True)
class Month:
    """A month of 2002: ``engineers`` trained ones' worth of hours; kind and harsh where two."""

    first: date
    leads: float
    engineers: float
    load: float
    waiting: tuple[float, float]
    wasted: tuple[float, float]
    heat: int


def months_of(told: Told) -> list[Month]:
    played = told.played
    ends = (played.band.kind, played.band.harsh)
    days = np.diff(ends[0].window.edges)
    engineers = ends[0].available[0] / (REP_HOURS_A_DAY * days)
    loads = np.minimum(ends[0].utilisation[0], HIGHEST)
    return [
        Month(
            first=first,
            leads=float(played.leads[i]),
            engineers=float(engineers[i]),
            load=float(loads[i]),
            waiting=_pair(ends, lambda load: load.waiting.sum(axis=0), i),
            wasted=_pair(ends, lambda load: load.wasted_leads, i),
            heat=3 if loads[i] > FULL else 2 if loads[i] > STRAINED else 1 if loads[i] > 0.5 else 0,
        )
        for i, first in enumerate(MONTHS)
    ]


def _pair(ends: tuple[Load, Load], values: Any, place: int) -> tuple[float, float]:
    kind, harsh = (float(values(load)[place]) for load in ends)
    return kind, harsh


@dataclass(frozen=True)
class ProfitRow:
    name: str
    amounts: list[float]
    is_sum: bool = False


def profit_columns() -> list[str]:
    return [str(BASE_YEAR), freshest_first(), first_come()]


def profit_table(told: Told) -> list[ProfitRow]:
    """By ``profit_columns``, CNY: the base year, and the plan year at either end."""
    played, assumed = told.played, told.played.assumed
    base, loads = played.base.revenue, (played.band.kind, played.band.harsh)
    revenues = [float(load.revenue.sum()) for load in loads]
    selling = assumed.selling * base
    costs = [
        (_("leads"), selling * assumed.marketing_share, played.lead_cost),
        (_("sales engineers"), selling * (1 - assumed.marketing_share), played.pay),
        (_("everything else"), played.overhead, played.overhead),
    ]
    profit = (assumed.margin - assumed.selling - assumed.overhead) * base
    return [
        ProfitRow(_("revenue"), [base, *revenues]),
        ProfitRow(
            _("left after the machines are paid for"),
            [assumed.margin * revenue for revenue in (base, *revenues)],
        ),
        *(ProfitRow(name, [-before, -now, -now]) for name, before, now in costs),
        ProfitRow(_("profit"), [profit, *played.profits], is_sum=True),
    ]


@dataclass(frozen=True)
class StageRow:
    """A stage in the base year: ``entered`` in it, rates of all history, ``hours`` of each."""

    stage: dict[str, Any]
    entered: float
    hours: float


def stage_rows(estimate: Estimate, funnel: KnownFunnel, base: BaseYear) -> list[StageRow]:
    entered: Floats = funnel.in_window(date(BASE_YEAR, 1, 1), 12)[0].sum(axis=1)
    stages = {(row["kind"], row["stage"]): row for row in estimate.payload["stages"]}
    return [
        StageRow(stages[place], float(entered[i]), float(base.hours_per_entry[i]))
        for i, place in enumerate(funnel.rows)
    ]
