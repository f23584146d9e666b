"""What the counts of a pipeline depend on besides its deals and customers."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from core import clock
from core.models import ExchangeRate
from pipeline.cell_rows import StageIds
from pipeline.histories import ordered_stages, places_of
from pipeline.models import Pipeline, Stage
from pipeline.services.climb import told_of

# Counted by another method, all must be counted anew.
FORMAT = 2


@dataclass(frozen=True)
class Rules:
    """What the counts of a pipeline depend on besides its deals, as it was at one moment."""

    as_of: datetime
    stages_now: Sequence[Stage]
    stages: StageIds
    told: Sequence[object]
    rates: Sequence[tuple[str, str, date, Decimal]]

    def digest(self, currencies: Collection[str]) -> str:
        """As one number; of the exchange rates those of ``currencies``."""
        rates = [row for row in self.rates if currencies and {*row[:2]} & {*currencies}]
        return hashlib.sha256(repr([FORMAT, *self.told, rates]).encode()).hexdigest()


def rules_of(pipeline: Pipeline, *, as_of: datetime) -> Rules:
    every = list(pipeline.stages.all())
    rows = ordered_stages(every)
    stands_for = {pk: rows[place].pk for pk, place in places_of(rows, every).items()}
    day = as_of.astimezone(clock.company_zone()).date()
    rates = ExchangeRate.objects.filter(
        Q(base=pipeline.currency) | Q(quote=pipeline.currency), date__lte=day
    )
    return Rules(
        as_of,
        every,
        StageIds(rows),
        [
            settings.COMPANY_TIME_ZONE,
            pipeline.currency,
            pipeline.misclick_window,
            [(row.pk, row.is_won) for row in rows if not row.is_open],
            sorted(pair for pair in stands_for.items() if pair[0] != pair[1]),
            told_of(pipeline),
        ],
        list(rates.order_by("pk").values_list("base", "quote", "date", "rate")),
    )
