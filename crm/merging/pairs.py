"""Where each customer may have one of a kind, and the two have one each."""

from typing import Any

from crm.merging.journal import Journal, Rows, plain
from crm.models import CampaignMember, Contact, Customer, CustomerTick, Lead

Status = CampaignMember.Status
TOLD_MOST = [Status.RESPONDED, Status.DECLINED, Status.INVITED]
ANSWER = ("status", "responded_at", "added_at")


def settle(survivor: Customer, merged: Customer, journal: Journal) -> None:
    """Leave one of each pair, before the rest goes over."""
    _one_first_contact(survivor, merged, journal)
    _once_in_each_campaign(survivor, merged, journal)
    _one_tick_of_each_line(survivor, merged, journal)
    _one_lead(survivor, merged, journal)


def _one_first_contact(survivor: Customer, merged: Customer, journal: Journal) -> None:
    first = Contact.objects.current().filter(is_primary=True)
    if first.filter(customer=survivor).exists():
        theirs = first.filter(customer=merged)
        journal.demoted = list(theirs.values_list("pk", flat=True))
        theirs.update(is_primary=False)


def _once_in_each_campaign(survivor: Customer, merged: Customer, journal: Journal) -> None:
    """The member that stays has the answer that tells more, and was in it since the earlier day."""
    own = {row.campaign_id: row for row in CampaignMember.objects.filter(customer=survivor)}
    theirs = CampaignMember.objects.filter(customer=merged, campaign__in=own)
    for row in theirs.order_by("pk"):
        kept = own[row.campaign_id]
        before = plain([kept])
        best = min((kept, row), key=_how_little_told)
        kept.status, kept.responded_at = best.status, best.responded_at
        kept.added_at = min(kept.added_at, row.added_at)
        if plain([kept]) != before:
            kept.version += 1
            kept.save(update_fields=[*ANSWER, "version"])
            journal.answers.append([*before, *plain([kept])])
    journal.removed += _removed(theirs)


def _how_little_told(row: CampaignMember) -> tuple[int, bool, Any]:
    return (TOLD_MOST.index(Status(row.status)), row.responded_at is None, row.responded_at)


def _one_tick_of_each_line(survivor: Customer, merged: Customer, journal: Journal) -> None:
    own = CustomerTick.objects.filter(customer=survivor).values("item")
    journal.removed += _removed(CustomerTick.objects.filter(customer=merged, item__in=own))


def _one_lead(survivor: Customer, merged: Customer, journal: Journal) -> None:
    """The one that came first; what was done with either answers it, and is sought anew."""
    both = Lead.objects.filter(customer__in=[survivor, merged]).order_by("arrived_at", "pk")
    later = Lead.objects.filter(pk__in=[lead.pk for lead in both[1:]])
    # The activity that answered may be gone when the two are parted.
    later.update(first_response=None, first_response_at=None, responder=None, response_minutes=None)
    journal.removed += _removed(later)


def _removed(rows: Any) -> Rows:
    keys = list(rows.values_list("pk", flat=True))
    found = rows.model._base_manager.filter(pk__in=keys).order_by("pk")
    told = plain(found)
    found.delete()
    return told


def unsettle(merged: int, journal: Journal) -> None:
    """Give each its own again, when the rest went back; what was changed since stays changed."""
    for before, after in journal.answers:
        _take_back_answer(before, after)
    journal.bring_back(journal.removed)
    theirs = Contact.objects.filter(customer=merged)
    if not theirs.current().filter(is_primary=True).exists():
        theirs.filter(pk__in=journal.demoted).update(is_primary=True)


def _take_back_answer(before: dict[str, Any], after: dict[str, Any]) -> None:
    row = CampaignMember.objects.select_for_update().filter(pk=after["pk"]).first()
    if row is None or row.version != after["fields"]["version"]:
        return
    (earlier,) = (each for each in Journal(removed=[before]).rows_removed())
    for name in ANSWER:
        setattr(row, name, getattr(earlier, name))
    row.version += 1
    row.save(update_fields=[*ANSWER, "version"])
