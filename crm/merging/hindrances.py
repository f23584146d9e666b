"""Why a merge cannot be undone, in sentences that say what to do about it."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.merging.climbs import live_keys
from crm.merging.journal import Journal
from crm.merging.relations import in_chunks, moving_fields, name_of, rows_of
from crm.models import Activity, Customer, CustomerMerge, Purchase
from crm.signals import merge_hindered


def hindrances(merge: CustomerMerge, journal: Journal, *, at: datetime) -> list[str]:
    """All there are, the one that settles the matter alone."""
    if merge.undone_at is not None:
        return [_("This merge was undone already.")]
    if not merge.is_young(at=at):
        return [_("A merge can be undone for 24 hours; these are over.")]
    if later := _merged_since(merge):
        return [later]
    return [*_reasons(merge, journal)]


def _merged_since(merge: CustomerMerge) -> str | None:
    survivor = Customer.objects.select_related("merged_into").get(pk=merge.survivor_id)
    if survivor.merged_into is not None:
        message = _("%(name)s was itself merged into %(other)s since. Undo that first.")
        return message % {"name": survivor.name, "other": survivor.merged_into.name}
    later = CustomerMerge.objects.standing().filter(survivor=survivor, pk__gt=merge.pk)
    if last := later.select_related("merged").order_by("pk").last():
        message = _("%(other)s was merged into %(name)s since. Undo that first.")
        return message % {"name": survivor.name, "other": last.merged.name}
    if survivor.archived_at is not None:
        return _("%(name)s was archived since. Restore it first.") % {"name": survivor.name}
    return None


def _reasons(merge: CustomerMerge, journal: Journal) -> Iterator[str]:
    if live_keys(merge.survivor_id) != journal.live:
        yield _("The customer has moved on its ladder since. Undo that move first.")
    yield from _gone(merge, journal)
    yield from _tied(merge, journal)
    if _is_external_id_taken(merge, journal):
        yield _("Another customer has the external id of the merged one by now.")
    for _receiver, reasons in merge_hindered.send(CustomerMerge, merge=merge, journal=journal):
        yield from list(reasons or ())


def _gone(merge: CustomerMerge, journal: Journal) -> Iterator[str]:
    """Rows that went over and have gone elsewhere, or are no more."""
    for field in moving_fields():
        keys = journal.moved.get(name_of(field), [])
        here = sum(
            rows_of(field, merge.survivor_id).filter(pk__in=chunk).count()
            for chunk in in_chunks(keys)
        )
        if missing := len(keys) - here:
            kind = field.model._meta.verbose_name_plural
            message = _("%(n)s of the %(kind)s were deleted or given to another customer since.")
            yield message % {"n": missing, "kind": kind}
    for row in journal.rows_removed():
        for field in row._meta.fields:
            if field.is_relation and field.name in ("campaign", "item"):
                target = field.related_model._base_manager.filter(pk=getattr(row, field.attname))
                if not target.exists():
                    kind = field.related_model._meta.verbose_name
                    yield _("What the merged customer had is no more: %(kind)s.") % {"kind": kind}


def _tied(merge: CustomerMerge, journal: Journal) -> Iterator[str]:
    """Rows that went over and belong together by now with rows that stay."""
    deals = journal.moved_of("pipeline.Opportunity")
    tied = Activity.objects.filter(
        pk__in=journal.moved_of("crm.Activity"), opportunity__customer=merge.survivor_id
    ).exclude(opportunity__in=deals)
    if n := tied.count():
        yield ngettext(
            "%(n)s activity of the merged customer is about a deal of the other by now.",
            "%(n)s activities of the merged customer are about deals of the other by now.",
            n,
        ) % {"n": n}
    purchases = journal.moved_of("crm.Purchase")
    corrected = Purchase.objects.filter(
        pk__in=purchases, replaced_by__recorded_at__gte=merge.recorded_at
    )
    if n := corrected.exclude(replaced_by__in=purchases).count():
        yield ngettext(
            "An import has corrected %(n)s purchase since. Undo that import first.",
            "An import has corrected %(n)s purchases since. Undo that import first.",
            n,
        ) % {"n": n}


def _is_external_id_taken(merge: CustomerMerge, journal: Journal) -> bool:
    _survivor, before = journal.customers_before()
    if before.external_id is None:
        return False
    others = Customer.objects.filter(external_id=before.external_id)
    return others.exclude(pk__in=(merge.survivor_id, merge.merged_id)).exists()
