from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.models import AuditEntry, ImportBatch
from core.services import audit
from core.services.versions import update_versioned
from crm.models import Customer, Purchase

ROWS_AT_ONCE = 500


@transaction.atomic
def record_purchase(customer: Customer, *, by: User | None, **fields: Any) -> Purchase:
    """What a customer bought, now or earlier; raises ValidationError beside the wrong field."""
    told = fields.pop("at", None)
    _check_instant(told)
    known_from = told and clock.told_late(told)
    purchase = Purchase(customer=customer, at=told or clock.now(), known_from=known_from, **fields)
    # One with an id comes from another system, whose file may correct it.
    purchase.is_by_hand = purchase.external_id is None
    purchase.full_clean()
    purchase.save(force_insert=True)
    audit.record("create", purchase, by=by, changes={"amount": [None, purchase.amount]})
    return purchase


@transaction.atomic
def update_purchase(purchase: Purchase, *, by: User | None, **fields: Any) -> Purchase:
    """Correct a purchase by hand."""
    if "at" in fields:
        _check_instant(fields["at"])
    changes = update_versioned(purchase, fields | {"is_by_hand": True})
    changes.pop("is_by_hand", None)
    if changes:
        audit.record("update", purchase, by=by, changes=changes)
    return purchase


def archive_purchase(purchase: Purchase, *, by: User | None) -> Purchase:
    """It counts no longer; nothing of it is lost."""
    return purchase if purchase.archived_at else _set_archived(purchase, clock.now(), by)


def restore_purchase(purchase: Purchase, *, by: User | None) -> Purchase:
    """Let an archived purchase count again, unless a later import tells it otherwise."""
    if purchase.replaced_by_id:
        raise ValidationError(_("A later import has corrected this purchase."))
    return _set_archived(purchase, None, by)


@transaction.atomic
def _set_archived(purchase: Purchase, at: datetime | None, by: User | None) -> Purchase:
    if changes := update_versioned(purchase, {"archived_at": at}):
        audit.record("update", purchase, by=by, changes=changes)
    return purchase


@dataclass
class Withdrawn:
    """Purchases that an import had made, and those it had corrected that count again."""

    archived: int = 0
    restored: int = 0


def withdraw_purchases(batch: ImportBatch, *, by: User | None) -> Withdrawn:
    """Archive the purchases that ``batch`` told; what they had corrected counts again.

    May be run again after a crash.
    """
    done = Withdrawn()
    told = Purchase.objects.filter(import_batch=batch).filter(
        Q(archived_at__isnull=True) | Q(pk__in=_corrections_of(batch))
    )
    ids = list(told.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), ROWS_AT_ONCE):
        _withdraw_some(ids[start : start + ROWS_AT_ONCE], batch, done, by)
    return done


def _corrections_of(batch: ImportBatch) -> Any:
    replaced = Purchase.objects.filter(replaced_by__import_batch=batch)
    return replaced.order_by().values("replaced_by")


@transaction.atomic
def _withdraw_some(
    ids: Sequence[int], batch: ImportBatch, done: Withdrawn, by: User | None
) -> None:
    at = clock.now()
    rows = list(Purchase.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    before = list(
        Purchase.objects.select_for_update(of=("self",))
        .filter(replaced_by__in=ids)
        .order_by("pk")
        .select_related("import_batch")
    )
    counting = {row.pk for row in rows if row.archived_at is None}
    next_of = {row.pk: row.replaced_by_id for row in rows}
    for row in before:
        assert row.replaced_by_id is not None
        # What has been corrected once more stays so, by the correction that follows.
        was_counting = row.replaced_by_id in counting
        row.replaced_by_id = next_of[row.replaced_by_id]
        if was_counting and not _is_withdrawn(row):
            row.archived_at = None
            row.version += 1
            done.restored += 1
    Purchase.objects.filter(pk__in=counting).update(archived_at=at, version=F("version") + 1)
    Purchase.objects.bulk_update(before, ["replaced_by", "archived_at", "version"])
    done.archived += len(counting)
    changed = sorted({*counting, *(row.pk for row in before)})
    AuditEntry.objects.bulk_create(_entries(changed, batch, by))


def _is_withdrawn(row: Purchase) -> bool:
    batch = row.import_batch
    return batch is not None and batch.state == ImportBatch.State.VOIDED


def _entries(ids: Sequence[int], batch: ImportBatch, by: User | None) -> list[AuditEntry]:
    at, label = clock.now(), Purchase._meta.label_lower
    common = {"actor": by, "action": "undo_import", "object_type": label, "at": at}
    changes = {"import": [batch.pk, None]}
    return [AuditEntry(object_id=pk, changes=changes, **common) for pk in ids]


def _check_instant(at: Any) -> None:
    if at and at > clock.now():
        raise ValidationError({"at": _("A purchase cannot lie in the future.")})
