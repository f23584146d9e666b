"""Leads from a file that somebody has looked at: a worker makes them, and takes them back."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from core.models import ImportBatch
from core.services import dirty, imports
from crm.lead_rows import Known, PlannedRow
from crm.merging.relations import pointing_fields, rows_of
from crm.models import (
    Contact,
    Customer,
    ImportedLead,
    LadderPosition,
    Lead,
    LeadImport,
    LifecycleChange,
)
from crm.models.imported_leads import LEADS
from crm.services.customers import archive_customer, update_customer
from crm.services.lead_files import make_lead
from crm.services.locks import lock_customers

State = ImportBatch.State

# Of these the import makes one each with a lead.
MADE = (Lead, Contact, LadderPosition, LifecycleChange)


def flag_name(found: LeadImport) -> str:
    return f"{LEADS}:{found.pk}"


@transaction.atomic
def start_import(
    rows: Sequence[PlannedRow],
    *,
    by: User,
    file_name: str,
    signature: str,
    columns: dict[str, int],
) -> LeadImport:
    """Keep the wanted rows and wake a worker; ``columns`` are the places by field under the header
    that ``signature`` stands for."""
    left_out = [row for row in rows if not row.is_wanted]
    batch = ImportBatch.objects.create(
        kind=LEADS,
        file_name=file_name[:255],
        mapping={"header": signature, "columns": columns},
        requested_by=by,
        rows_read=len(rows),
        refused=sum(bool(row.errors) for row in left_out),
        unchanged=sum(not row.errors for row in left_out),
    )
    found = LeadImport.objects.create(
        batch=batch,
        rows=[
            {"line": row.line, "key": row.key, "values": row.values}
            for row in rows
            if row.is_wanted
        ],
        left_out=[[row.line, " ".join(row.errors) or row.left_out] for row in left_out],
    )
    dirty.mark(flag_name(found))
    return found


def columns_of_last_import(signature: str) -> dict[str, int]:
    """What the columns of such a header were taken for; nothing where none came before."""
    alike = ImportBatch.objects.filter(kind=LEADS, mapping__header=signature)
    last = alike.order_by("-pk").values_list("mapping", flat=True).first()
    columns: dict[str, int] = last["columns"] if last else {}
    return columns


@transaction.atomic
def request_take_back(found: LeadImport, *, by: User | None) -> LeadImport:
    """Undo an import: a worker archives its leads, but for those somebody works on already.

    Raises ValidationError for one that is running or was taken back.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=found.batch_id)
    if batch.state != State.DONE or found.taken_back_at is not None:
        raise ValidationError(_("This import is still running, or was taken back already."))
    found.taken_back_by, found.taken_back_at, found.done = by, timezone.now(), 0
    found.save(update_fields=["taken_back_by", "taken_back_at", "done"])
    dirty.mark(flag_name(found))
    return found


def take_back_now(batch: ImportBatch, *, by: User | None) -> LeadImport:
    """The same at once, without a worker. Raises ValidationError as above."""
    found = request_take_back(LeadImport.objects.get(batch=batch), by=by)
    take_back(LeadImport.objects.select_related("batch", "taken_back_by").get(pk=found.pk))
    found.refresh_from_db()
    return found


def run_flagged(flag: str) -> None:
    """Do what is asked of the import that ``flag`` names until it is done, if nobody else does."""
    pk = int(flag.partition(":")[2])
    while dirty.run_claimed(flag, lambda: _run(pk)):
        pass


def _run(pk: int) -> None:
    rows = LeadImport.objects.select_related("batch__requested_by", "taken_back_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        return
    if found.taken_back_at is not None:
        take_back(found)
    elif found.batch.state != State.DONE:
        # The reasons for what is left out are read by whoever asked for it.
        by = found.batch.requested_by
        with override((by and by.language) or settings.LANGUAGE_CODE):
            _make(found, by)


def _make(found: LeadImport, by: User | None) -> None:
    """Each lead in a transaction of its own; begun again after a crash, what is made stays."""
    batch, known = found.batch, Known(User.objects.visible_to(by) if by else User.objects.all())
    batch.state, batch.error = State.RUNNING, ""
    batch.save(update_fields=["state", "error"])
    for done, row in enumerate(found.rows, start=1):
        try:
            if not _make_one(batch, row, known, by):
                _leave_out(found, row["line"], _("This row was imported before."))
                batch.unchanged += 1
        except ValidationError as error:
            _leave_out(found, row["line"], " ".join(error.messages))
            batch.refused += 1
        _tell(found, done, of=len(found.rows))
    batch.created = ImportedLead.objects.filter(batch=batch).count()
    batch.state, batch.finished_at = State.DONE, timezone.now()
    batch.save(update_fields=["state", "finished_at", "created", "refused", "unchanged"])


@transaction.atomic
def _make_one(batch: ImportBatch, row: dict[str, Any], known: Known, by: User | None) -> bool:
    """Whether the row is imported by this run, now or before it was interrupted."""
    mark, is_new = ImportedLead.objects.get_or_create(
        key=row["key"], defaults={"batch": batch, "line": row["line"]}
    )
    if not is_new:
        return mark.batch_id == batch.pk
    mark.lead = make_lead(row["values"], known, by=by, batch=batch)
    mark.save(update_fields=["lead"])
    return True


def _leave_out(found: LeadImport, line: int, reason: str) -> None:
    others = [each for each in found.left_out if each[0] != line]
    found.left_out = sorted([*others, [line, reason]])
    found.save(update_fields=["left_out"])


def _tell(found: LeadImport, done: int, *, of: int) -> None:
    """How far it is, and that the worker is alive."""
    if done % 10 == 0 or done == of:
        LeadImport.objects.filter(pk=found.pk).update(done=done)
        imports.seen(found.batch)
        dirty.keep_alive()


def take_back(found: LeadImport) -> None:
    """Archive the leads of an import that nobody has worked on; the file may come again."""
    batch, by = found.batch, found.taken_back_by
    made = list(ImportedLead.objects.filter(batch=batch).values_list("pk", flat=True))
    for done, pk in enumerate(made, start=1):
        _take_one_back(pk, by)
        _tell(found, done, of=len(made))
    found.kept = ImportedLead.objects.filter(batch=batch).count()
    found.save(update_fields=["kept"])
    batch.state, batch.finished_at = State.VOIDED, timezone.now()
    batch.save(update_fields=["state", "finished_at"])


@transaction.atomic
def _take_one_back(pk: int, by: User | None) -> None:
    mark = ImportedLead.objects.select_related("batch").get(pk=pk)
    rows = Customer.objects.filter(lead=mark.lead_id, import_batch=mark.batch)
    customer = next(iter(lock_customers(rows.values_list("pk", flat=True)).values()), None)
    if customer is None:
        return  # It is another one by now, with a history of its own.
    if customer.archived_at is None:
        if _is_worked_on(customer):
            return
        # A better file may bring it anew.
        update_customer(customer, by=by, external_id=None)
        archive_customer(customer, by=by)
    mark.delete()


def _is_worked_on(customer: Customer) -> bool:
    """Whether anything has come to a lead since it was made, whichever app has it."""
    return any(
        rows_of(field, customer.pk)[1 if field.model in MADE else 0 :].exists()
        for field in pointing_fields()
    )
