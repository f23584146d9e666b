from collections.abc import Iterator, Sequence
from copy import copy
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import StaleVersion, update_versioned
from crm.models import Campaign, CampaignMember, Customer

MEMBERS_AT_ONCE = 500
Status = Campaign.Status


@transaction.atomic
def plan_campaign(*, by: User | None, **fields: Any) -> Campaign:
    """A new campaign; raises ValidationError beside the field that is wrong."""
    campaign = Campaign(created_at=clock.now(), **fields)
    campaign.full_clean()
    campaign.save(force_insert=True)
    audit.record("create", campaign, by=by, changes={"name": [None, campaign.name]})
    return campaign


@transaction.atomic
def update_campaign(campaign: Campaign, *, by: User | None, **fields: Any) -> Campaign:
    # Dates and costs are held against each other, whichever of them changed.
    proposed = copy(campaign)
    for name, value in fields.items():
        setattr(proposed, name, value)
    proposed.validate_constraints()
    changes = update_versioned(campaign, fields)
    if changes:
        audit.record("update", campaign, by=by, changes=changes)
    return campaign


def start_campaign(campaign: Campaign, *, by: User | None) -> Campaign:
    """It runs; one that was done goes on, also where it was finished today."""
    goes_on = campaign.status == Status.DONE and campaign.ends_on == clock.today()
    ends_on = None if goes_on else campaign.ends_on
    return update_campaign(campaign, by=by, status=Status.RUNNING, ends_on=ends_on)


def finish_campaign(campaign: Campaign, *, by: User | None) -> Campaign:
    """It is over, and ended today where nothing else is said."""
    if campaign.status == Status.PLANNED:
        raise ValidationError(_("A campaign that has not begun cannot be finished."))
    today = clock.today()
    ended = campaign.ends_on or max(today, campaign.starts_on)
    return update_campaign(campaign, by=by, status=Status.DONE, ends_on=ended)


def postpone_campaign(campaign: Campaign, *, by: User | None) -> Campaign:
    """Back to a plan: it has not begun after all."""
    return update_campaign(campaign, by=by, status=Status.PLANNED)


def record_cost(campaign: Campaign, *, by: User | None, amount: Any) -> Campaign:
    """What it has really cost until now, in its currency."""
    return update_campaign(campaign, by=by, actual_cost=amount)


def archive_campaign(campaign: Campaign, *, by: User | None) -> Campaign:
    """Out of the lists, and out of what channels cost."""
    return update_campaign(campaign, by=by, archived_at=campaign.archived_at or clock.now())


def restore_campaign(campaign: Campaign, *, by: User | None) -> Campaign:
    return update_campaign(campaign, by=by, archived_at=None)


def add_members(
    campaign: Campaign, customers: QuerySet[Customer], *, by: User | None, at: datetime
) -> int:
    """Invite ``customers``, passing over who is in already; how many were added.

    Chunk by chunk, each one transaction, so that nobody waits long; repeating it adds the rest.
    """
    absent = customers.exclude(campaigns__campaign=campaign).order_by("pk")
    keys = iter(list(absent.values_list("pk", flat=True)))
    added = sum(_add_some(campaign, chunk, at) for chunk in _chunks(keys))
    if added:
        audit.record("add_members", campaign, by=by, changes={"members": [None, added]})
    return added


def _chunks(keys: Iterator[int]) -> Iterator[list[int]]:
    return iter(lambda: list(islice(keys, MEMBERS_AT_ONCE)), [])


@transaction.atomic
def _add_some(campaign: Campaign, keys: Sequence[int], at: datetime) -> int:
    rows = [CampaignMember(campaign=campaign, customer_id=key, added_at=at) for key in keys]
    before = campaign.members.count()
    CampaignMember.objects.bulk_create(rows, ignore_conflicts=True)
    return campaign.members.count() - before


@transaction.atomic
def take_out_members(campaign: Campaign, *, added_at: datetime, by: User | None) -> int:
    """Take back one adding of members; who has answered since stays."""
    rows = campaign.members.filter(added_at=added_at, status=CampaignMember.Status.INVITED)
    taken, _by_model = rows.delete()
    if taken:
        audit.record("take_out_members", campaign, by=by, changes={"members": [taken, None]})
    return taken


@transaction.atomic
def add_member(
    campaign: Campaign, customer: Customer, *, by: User | None, **fields: Any
) -> CampaignMember:
    """Invite one customer, or note that it answered unasked."""
    at = clock.now()
    answer = _answer(fields.get("status", CampaignMember.Status.INVITED), fields, at)
    member = CampaignMember(campaign=campaign, customer=customer, added_at=at, **answer)
    member.full_clean()
    member.save(force_insert=True)
    audit.record("create", member, by=by, changes={"status": [None, member.status]})
    return member


@transaction.atomic
def update_member(member: CampaignMember, *, by: User | None, **fields: Any) -> CampaignMember:
    """Another answer, or another instant of it."""
    status = fields.get("status", member.status)
    given = {"responded_at": member.responded_at} | fields
    changes = update_versioned(member, _answer(status, given, clock.now()))
    if changes:
        audit.record("update", member, by=by, changes=changes)
    return member


@transaction.atomic
def remove_member(member: CampaignMember, *, by: User | None) -> None:
    """Raises StaleVersion where somebody noted an answer meanwhile."""
    audit.record("delete", member, by=by, changes={"status": [member.status, None]})
    rows = CampaignMember.objects.select_for_update().filter(pk=member.pk, version=member.version)
    if not rows.exists():
        raise StaleVersion
    member.delete()


@transaction.atomic
def record_response(
    campaign: Campaign, customer: Customer, *, by: User | None, **fields: Any
) -> CampaignMember:
    """Note how a customer answered, whether it had been invited or not."""
    fields.setdefault("status", CampaignMember.Status.RESPONDED)
    member = campaign.members.select_for_update().filter(customer=customer).first()
    if member is None:
        return add_member(campaign, customer, by=by, **fields)
    fields.setdefault("responded_at", None)
    return update_member(member, by=by, **fields)


def _answer(status: str, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The status with the instant that belongs to it."""
    at = fields.get("responded_at") or now
    if at > now:
        raise ValidationError({"responded_at": _("An answer cannot lie in the future.")})
    is_answer = status != CampaignMember.Status.INVITED
    return {"status": status, "responded_at": at if is_answer else None}
