"""What the kept counts say of a funnel besides its rates: how long, where to, and when.

All of them are of the moment to which the counts were brought, which is that of the newest
estimate: every number here is one that the funnel page shows, looked at more closely.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from core import clock
from core.vocabulary import label as shipped
from crm.models import LifecycleStage
from pipeline.counting import DealCounts
from pipeline.cubes import complete_cube, counts_of_cube
from pipeline.customer_stays import customers_on
from pipeline.estimation import (
    Deals,
    Margins,
    Stays,
    months_in,
)
from pipeline.estimation.stages import StageList
from pipeline.models import Cube, Pipeline

Kind = Literal["opportunity", "customer"]
Direction = Literal["advanced", "moved_back", "lost"]


@dataclass(frozen=True)
class Places:
    """The stages of one kind by their places in ``stages``.

    ``rows`` are in that order; a ladder's are its open stages only, since its outcomes are a first
    deal and a customer given up.
    """

    kind: Kind
    rows: tuple[Any, ...]
    stages: StageList

    def place_of(self, stage: int) -> int | None:
        """Place of an open stage by its id; None where there is none."""
        for place in self.stages.open.tolist():
            if self.rows[place].pk == stage:
                return int(place)
        return None

    def id_at(self, place: int) -> int | None:
        return self.rows[place].pk if place < len(self.rows) else None

    def name_at(self, place: int) -> str:
        if place < len(self.rows):
            return shipped(self.rows[place].name)
        return _("First deal") if place == self.stages.won else _("Given up")

    def direction(self, place: int, to: int) -> Direction:
        """What it is to leave the stage at ``place`` for that at ``to``; being won is advancing."""
        if to == self.stages.lost:
            return "lost"
        return "advanced" if self.stages.forward(place)[to] else "moved_back"


@dataclass(frozen=True)
class FunnelPart(Places):
    """The stages of one kind and what is counted of them, as known at ``as_of``."""

    margins: Margins
    as_of: datetime

    @property
    def has_money(self) -> bool:
        """Customers on a ladder are worth nothing yet."""
        return bool(self.kind == "opportunity" and self.margins.by_month.sums[:, 1].any())

    @cached_property
    def entered(self) -> dict[int, int]:
        """Stays begun in each open stage, by its place."""
        whole = self.margins.calendar.total()
        every = whole.events.sum(axis=(-2, -1)) + whole.censored.sum(axis=-1)
        return {place: round(float(every[place])) for place in self.stages.open.tolist()}


@dataclass(frozen=True)
class Readings:
    """The parts of a pipeline's funnel; ``ladder`` is None where none leads to it."""

    pipeline: Pipeline
    as_of: datetime
    deals: FunnelPart
    ladder: FunnelPart | None

    def part(self, kind: str) -> FunnelPart | None:
        return self.ladder if kind == "customer" else self.deals


def readings_of(pipeline: Pipeline) -> Readings | None:
    """From the current counts of ``pipeline``; None where nothing was counted yet."""
    cube = complete_cube(pipeline)
    if cube is None:
        return None
    counts, as_of = counts_of(cube), cube.counted_to
    margins = counts.margins
    deals = FunnelPart("opportunity", counts.rows, margins.stages, margins, as_of)
    if counts.climb is None:
        return Readings(pipeline, as_of, deals, None)
    steps = counts.climb.margins.ladder
    ladder = FunnelPart("customer", counts.climb.rows, steps.stages, steps, as_of)
    return Readings(pipeline, as_of, deals, ladder)


def counts_of(cube: Cube) -> DealCounts:
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    return counts_of_cube(cube, as_of=cube.counted_to, month_of=month_of)


def ladder_stays(
    pipeline: Pipeline, opened: Deals, *, as_of: datetime
) -> tuple[tuple[LifecycleStage, ...], Stays] | None:
    """The stages before the first deal and the stays in them, as the rates count them.

    ``opened`` is every deal of the pipeline. None where no ladder leads to it, or nobody was ever
    on it.
    """
    found = customers_on(pipeline, lambda _customers: opened, as_of=as_of)
    return None if found is None else (found.rows, found.stays)


def month_start(month: int) -> date:
    """First day of a month number."""
    year, place = divmod(month, 12)
    return date(year, place + 1, 1)


def instant_of_month(month: int) -> datetime:
    return clock.day_start(month_start(month))


def plain(value: Any) -> Any:
    """Numbers of numpy as those of Python, what is not finite as None."""
    number = float(value)
    return number if np.isfinite(number) else None
