"""Merging two customers that are one, and parting them again."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import save_versioned, update_versioned
from crm.merging import climbs, pairs
from crm.merging.fields import check_choice, values_that_stay
from crm.merging.hindrances import hindrances
from crm.merging.journal import Journal, plain
from crm.merging.relations import in_chunks, moving_fields, name_of, point_at, rows_of
from crm.models import Customer, CustomerMerge
from crm.services.locks import lock_customers, lock_unchanged
from crm.signals import customers_merged, customers_parted


def may_merge(user: User, customers: Iterable[Customer]) -> bool:
    """Managers and admins whatever they see; a rep own customers alone."""
    return user.is_manager or all(each.owner_id == user.pk for each in customers)


def check_may_merge(user: User, customers: Iterable[Customer]) -> None:
    if not may_merge(user, customers):
        raise PermissionDenied(_("You may merge customers that are both your own; ask a manager."))


@transaction.atomic
def merge_customers(
    survivor: Customer,
    merged: Customer,
    *,
    by: User | None,
    fields: Mapping[str, str] | None = None,
) -> CustomerMerge:
    """Let ``merged`` be ``survivor``, with everything that belongs to it.

    ``fields`` says whose value stays, ``this`` (the survivor's) or ``other``, of the note also
    ``both``; unsaid, the survivor's does where it has one. Raises ValidationError where they
    cannot be one, StaleVersion where somebody changed either since it was read.
    """
    choice = dict(fields or {})
    check_choice(choice)
    if survivor.pk == merged.pk:
        raise ValidationError({"other": _("A customer cannot be merged with itself.")})
    survivor, merged = _locked(survivor, merged)
    _check_mergeable(survivor, merged)
    at = clock.now()
    journal = Journal(customers=plain([survivor, merged]))
    former_name, values = survivor.name, values_that_stay(survivor, merged, choice)
    pairs.settle(survivor, merged, journal)
    climbs.put_together(survivor, merged, journal)
    _move_rows(survivor, merged, journal)
    _put_away(merged, survivor, values, at)
    changes = _set_fields(survivor, values, journal)
    merge = CustomerMerge.objects.create(
        survivor=survivor,
        merged=merged,
        former_name=former_name,
        by=by,
        merged_at=at,
        journal=journal.as_json(),
    )
    if changes:
        audit.record("update", survivor, by=by, changes=changes)
    audit.record("merge", survivor, by=by, changes={"merged": [merged.name, survivor.name]})
    audit.record("merge", merged, by=by, changes={"merged_into": [None, survivor.pk]})
    customers_merged.send(CustomerMerge, merge=merge)
    return merge


def _locked(*customers: Customer) -> tuple[Customer, Customer]:
    """Both as they are now, for nobody else to touch, nor to add anything to them meanwhile."""
    found = lock_unchanged(customers, with_keys=True)
    one, other = (found[each.pk] for each in customers)
    return one, other


def _check_mergeable(survivor: Customer, merged: Customer) -> None:
    for each in (survivor, merged):
        if each.merged_into_id is not None:
            message = _("%(name)s was merged into another customer already.")
            raise ValidationError({"other": message % {"name": each.name}})
        if each.archived_at is not None:
            message = _("%(name)s is archived. Restore it first.")
            raise ValidationError({"other": message % {"name": each.name}})


def _move_rows(survivor: Customer, merged: Customer, journal: Journal) -> None:
    fields = moving_fields()
    for field in fields:
        rows = rows_of(field, merged.pk)
        if field.model is Customer:
            # A survivor that stood under the merged one does not come to stand under itself.
            rows = rows.exclude(pk=survivor.pk)
        journal.moved[name_of(field)] = list(rows.values_list("pk", flat=True))
    for field in fields:
        for keys in in_chunks(journal.moved[name_of(field)]):
            # Activities of a deal have followed it already.
            point_at(field, rows_of(field, merged.pk).filter(pk__in=keys), survivor.pk)


def _put_away(merged: Customer, survivor: Customer, values: dict[str, Any], at: Any) -> None:
    merged.merged_into, merged.archived_at = survivor, at
    written = ["merged_into", "archived_at"]
    if merged.external_id is not None and values.get("external_id") == merged.external_id:
        merged.external_id = None
        written.append("external_id")
    save_versioned(merged, fields=written)


def _set_fields(
    survivor: Customer, values: dict[str, Any], journal: Journal
) -> dict[str, list[Any]]:
    changes = update_versioned(survivor, values)
    now = plain([survivor])[0]["fields"]
    journal.set = {name: now[name] for name in changes}
    return changes


@transaction.atomic
def undo_merge(merge: CustomerMerge, *, by: User | None) -> CustomerMerge:
    """Part the two again: each has what it had, and whatever was added since stays with the
    survivor, but for what was added to a deal of the other. A field that was changed since stays
    changed.

    Raises ValidationError, with all that stands in the way, where it is too late or where the two
    would not be as they were.
    """
    keys = (merge.survivor_id, merge.merged_id)
    lock_customers(keys, with_keys=True)
    merge = CustomerMerge.objects.select_for_update().get(pk=merge.pk)
    journal, at = Journal.of(merge.journal), clock.now()
    if reasons := hindrances(merge, journal, at=at):
        raise ValidationError(reasons)
    survivor, merged = Customer.objects.get(pk=merge.survivor_id), merge.merged
    _bring_back(merged, survivor, journal)
    for field in moving_fields():
        for chunk in in_chunks(journal.moved.get(name_of(field), ())):
            rows = rows_of(field, survivor.pk).filter(pk__in=chunk)
            point_at(field, rows, merged.pk)
    pairs.unsettle(merged.pk, journal)
    climbs.take_apart(survivor.pk, merged.pk, journal)
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    audit.record("undo_merge", survivor, by=by, changes={"merged": [survivor.name, merged.name]})
    audit.record("undo_merge", merged, by=by, changes={"merged_into": [survivor.pk, None]})
    customers_parted.send(CustomerMerge, merge=merge)
    return merge


def _bring_back(merged: Customer, survivor: Customer, journal: Journal) -> None:
    """The fields of both, first the survivor's: it gives the external id back."""
    survivor_before, merged_before = journal.customers_before()
    now = plain([survivor])[0]["fields"]
    restored = [name for name, value in journal.set.items() if now[name] == value]
    for name in restored:
        attname = Customer._meta.get_field(name).attname  # type: ignore[union-attr]
        setattr(survivor, attname, getattr(survivor_before, attname))
    if restored:
        save_versioned(survivor, fields=restored)
    merged.merged_into = merged_before.merged_into
    merged.archived_at = merged_before.archived_at
    merged.external_id = merged_before.external_id
    save_versioned(merged, fields=["merged_into", "archived_at", "external_id"])
