"""What a history already knows of the future."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from core.db import Microseconds
from pipeline.among import Among
from pipeline.histories import microseconds
from pipeline.models import AmountChange, DealChange, Opportunity, Pipeline, StageChange

INSTANTS = ("at", "known_from", "voided_at")


def changes_ahead(
    rows: "QuerySet[Any]", subject: str, as_of: datetime
) -> Iterator[tuple[int, int]]:
    """Every subject of history ``rows`` with each instant, in microseconds, from which more is
    known of it than at ``as_of``: late rows, rows told late and rows undone."""
    later = Q(*((f"{name}__gte", as_of) for name in INSTANTS), _connector=Q.OR)
    instants = [Microseconds(F(name)) for name in INSTANTS]
    return _ahead(rows.filter(later).order_by().values_list(subject, *instants), as_of)


def archived_ahead(records: "QuerySet[Any]", as_of: datetime) -> Iterator[tuple[int, int]]:
    """The same of ``records`` that will be archived."""
    later = records.filter(archived_at__gte=as_of).order_by()
    return _ahead(later.values_list("pk", Microseconds(F("archived_at"))), as_of)


def prices_ahead(deals: "QuerySet[Any]", as_of: datetime) -> Iterator[tuple[int, int]]:
    """The same of ``deals`` whose product will have another price: the clock was set back."""
    later = deals.filter(product__price_changes__at__gte=as_of).order_by()
    instant = Microseconds(F("product__price_changes__at"))
    return _ahead(later.values_list("pk", instant), as_of)


def _ahead(rows: "QuerySet[Any, Any]", as_of: datetime) -> Iterator[tuple[int, int]]:
    for subject, *instants in rows:
        for at in instants:
            if at is not None and at >= microseconds(as_of):
                yield subject, at + 1


def log_deals_ahead(pipeline: Pipeline, as_of: datetime, among: Among) -> None:
    """Log when what ``as_of`` does not know yet will be known: late rows, undone ones, archived."""
    here = among.by("opportunity")
    deals = Opportunity.objects.filter(among.by("pk"), pipeline=pipeline)
    found = {*archived_ahead(deals, as_of), *prices_ahead(deals, as_of)}
    for changes in (StageChange.objects, AmountChange.objects):
        found.update(
            changes_ahead(changes.filter(here, pipeline=pipeline), "opportunity_id", as_of)
        )
    DealChange.objects.filter(
        among.by("deal"), pipeline=pipeline.pk, due__gt=microseconds(as_of)
    ).delete()
    DealChange.objects.bulk_create(
        DealChange(pipeline=pipeline.pk, deal=deal, due=due) for deal, due in sorted(found)
    )
