"""What customers on the ladder of a pipeline add to its counts, and those counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max, Min

from crm.models import LifecycleChange, LifecycleStage
from pipeline.among import EVERY, Among
from pipeline.estimation import Cells, Deals, MonthOf, Standing, recent_month
from pipeline.estimation.arrays import Ints
from pipeline.estimation.climb import Climbed, ClimbMargins, climb_cells, count_climb
from pipeline.histories import Steps, microseconds, read_customers, steps_of
from pipeline.models import Pipeline, Stage

CUSTOMERS_AT_ONCE = 50_000


@dataclass(frozen=True)
class ClimbCounts:
    """All that the rates of a pipeline's ladder and of its join are made of, as known at an
    instant. ``rows`` are the ladder's stages up to the one that hands over."""

    rows: tuple[LifecycleStage, ...]
    margins: ClimbMargins


@dataclass(frozen=True)
class Climb:
    """How customers lead to a pipeline: its ladder, which it must have, and its own stages."""

    pipeline: Pipeline
    stages: tuple[Stage, ...]

    @property
    def steps(self) -> Steps:
        assert self.pipeline.ladder is not None
        return steps_of(self.pipeline.ladder)

    def count(
        self,
        among: Among,
        deals_of: Callable[[Ints], Deals],
        *,
        as_of: datetime,
        month_of: MonthOf,
    ) -> Climbed:
        """What some customers add, by what was known at ``as_of``.

        ``deals_of`` gives all deals in the pipeline of customers int64[n], sorted.
        """
        assert self.pipeline.ladder is not None
        misclick = self.pipeline.misclick_window
        history = read_customers(self.pipeline.ladder, as_of=as_of, misclick=misclick, among=among)
        return count_climb(
            history.moves,
            history.stages,
            deals_of(np.unique(history.moves.subject)),
            as_of=microseconds(as_of),
            pipeline_stages=len(self.stages),
            watched_until=history.archive.watched_until,
            month_of=month_of,
        )

    def count_in_parts(
        self, deals: Deals, *, as_of: datetime, month_of: MonthOf
    ) -> Iterator[Climbed]:
        """What all customers add, so many at once that memory stays small."""

        def theirs(customers: Ints) -> Deals:
            return deals.at_rows(np.isin(deals.customer, customers))

        for among in self._parts():
            yield self.count(among, theirs, as_of=as_of, month_of=month_of)

    def _parts(self) -> Iterator[Among]:
        """Ranges of ids that hold all customers there are now, and all to come."""
        moves = LifecycleChange.objects.filter(ladder=self.pipeline.ladder).order_by()
        ends = moves.aggregate(first=Min("customer"), last=Max("customer"))
        if ends["first"] is None:
            yield EVERY
            return
        edges = range(ends["first"], ends["last"] + 1, CUSTOMERS_AT_ONCE)
        for first in edges:
            yield Among(first, None if first == edges[-1] else first + CUSTOMERS_AT_ONCE)


def climb_of_history(
    climb: Climb, deals: Deals, *, as_of: datetime, month_of: MonthOf
) -> ClimbCounts | None:
    """Counts straight from the history; None where nobody is on the ladder."""
    by_month = by_bucket = Cells.none()
    recent: list[Standing] = []
    first: list[int] = []
    instant, customers = microseconds(as_of), 0
    for part in climb.count_in_parts(deals, as_of=as_of, month_of=month_of):
        months, buckets = climb_cells(part, month_of)
        by_month, by_bucket = Cells.add([by_month, months]), Cells.add([by_bucket, buckets])
        recent.append(part.standing.begun_from(recent_month(instant, month_of), month_of))
        first += part.begun.opened.tolist()
        first, customers = [min(first)] if first else [], customers + len(part.customer)
    if not customers:
        return None
    earliest = first[0] if first else None
    steps, young = climb.steps, in_order(Standing.join(recent))
    return ClimbCounts(
        steps.rows,
        ClimbMargins(steps.stages, instant, by_month, by_bucket, young, earliest, month_of),
    )


def in_order(standing: Standing) -> Standing:
    """By customer, then stage, then instant."""
    return standing.at_rows(np.lexsort((standing.since, standing.stage, standing.subject)))
