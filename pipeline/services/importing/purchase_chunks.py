"""A chunk of purchases: planned against what is known, and written in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q

from core.models import ImportBatch
from core.services import imports
from crm.models import Customer, Purchase
from pipeline.services.importing.chunks import Counts
from pipeline.services.importing.purchase_plans import (
    KnownPurchase,
    PlannedPurchase,
    Purchased,
    plan_purchases,
)
from pipeline.services.importing.purchase_rows import PurchaseRow
from pipeline.services.importing.references import References
from pipeline.services.importing.staging import Staging
from pipeline.services.importing.tables import make_customers
from pipeline.services.importing.values import instant_of


@dataclass(frozen=True)
class PurchaseWriter:
    """Without a batch it is a dry run: everything is planned and nothing written."""

    refs: References
    staging: Staging
    batch: ImportBatch | None
    now: datetime

    def write(self, rows: Sequence[PurchaseRow], counts: Counts) -> None:
        with transaction.atomic() if self.batch else nullcontext():
            self.refs.products.ensure(row.product for row in rows)
            make_customers((row.customer for row in rows), self.staging, self.refs)
            told = [(row.external_id, self._what(row)) for row in rows]
            plans = plan_purchases(told, self._known(told))
            if self.batch:
                self._write(plans, self.batch)
                imports.seen(self.batch)
        _count(plans, counts)

    def _what(self, row: PurchaseRow) -> Purchased:
        customer = self.refs.customers.pk(row.customer)
        assert customer is not None
        return Purchased(
            customer=customer,
            at=instant_of(row.at),
            product=self.refs.products.pk(row.product),
            units=_decimal(row.units),
            amount=_decimal(row.amount),
            margin=_decimal(row.margin),
            currency=row.currency,
        )

    def _known(self, told: Sequence[tuple[str, Purchased]]) -> Iterator[KnownPurchase]:
        customers = {what.customer for _id, what in told}
        if self.batch:
            # Two imports of one file must not both find that there is nothing yet.
            held = Customer.objects.order_by("pk").select_for_update(no_key=True)
            list(held.filter(pk__in=customers).values_list("pk"))
        instants = [what.at for _id, what in told]
        here = Q(external_id__isnull=True, customer__in=customers)
        here &= Q(at__gte=min(instants), at__lte=max(instants))
        ids = [id_ for id_, _what in told if id_]
        rows = Purchase.objects.held_against().filter(here | Q(external_id__in=ids))
        # What still counts goes first: it is the better match.
        for row in rows.order_by(F("archived_at").asc(nulls_first=True), "pk"):
            yield _known(row)

    def _write(self, plans: Sequence[PlannedPurchase], batch: ImportBatch) -> None:
        written = [plan for plan in plans if plan.writes]
        # Before the new rows: an external id counts once.
        corrected = [plan.known.pk for plan in written if plan.known]
        if corrected:
            Purchase.objects.filter(pk__in=corrected).update(archived_at=self.now)
        rows = Purchase.objects.bulk_create(_row(plan, batch) for plan in written)
        replaced = [
            Purchase(pk=plan.known.pk, replaced_by_id=row.pk)
            for plan, row in zip(written, rows, strict=True)
            if plan.known
        ]
        if replaced:
            Purchase.objects.bulk_update(replaced, ["replaced_by"])


def _known(row: Purchase) -> KnownPurchase:
    what = Purchased(
        row.customer_id, row.at, row.product_id, row.units, row.amount, row.margin, row.currency
    )
    return KnownPurchase(
        pk=row.pk,
        external_id=row.external_id or "",
        what=what,
        is_imported=row.import_batch_id is not None,
        can_be_corrected=not row.is_by_hand and row.archived_at is None,
    )


def _row(plan: PlannedPurchase, batch: ImportBatch) -> Purchase:
    what = plan.what
    return Purchase(
        external_id=plan.external_id or None,
        customer_id=what.customer,
        product_id=what.product,
        at=what.at,
        units=what.units,
        amount=what.amount,
        margin=what.margin,
        currency=what.currency,
        import_batch=batch,
    )


def _count(plans: Sequence[PlannedPurchase], counts: Counts) -> None:
    for plan in plans:
        counts.created += plan.known is None
        counts.updated += plan.known is not None and plan.writes
        counts.unchanged += not plan.writes


def _decimal(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)
