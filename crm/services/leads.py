"""Leads: how they come, who gets them, and when they count as answered."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.notices import notify, notify_once, settle
from core.services.versions import check_whole, update_versioned
from crm.giving_up import given_up_at
from crm.models import (
    Activity,
    AssignmentRule,
    Customer,
    LadderPosition,
    Lead,
    LifecycleStage,
    ResponseTarget,
)
from crm.response_time import due_dates, minutes_between
from crm.services.assignment_rules import choose
from crm.services.customers import create_customer, update_customer

ANSWERS = (Activity.Kind.CALL, Activity.Kind.MEETING, Activity.Kind.EMAIL)
"""Kinds of activities that reach the customer; a task or a note does not."""
NOBODYS = "leads:nobody"
"""What notices of leads that nobody has are about."""


@transaction.atomic
def create_lead(*, by: User | None, **fields: Any) -> Lead:
    """A new customer that somebody is to answer; the rules say who, where no ``owner`` is named.

    Raises ValidationError beside the field that is wrong.
    """
    return receive_lead(create_customer(by=by, **fields), by=by)


@transaction.atomic
def receive_lead(customer: Customer, *, by: User | None) -> Lead:
    """Put a customer without an answer yet into the inbox, and assign it where nobody has it.

    Where no rule names anybody it is for all who see such leads, and who may assign them are told:
    who adds it too, for a program may add it under their name. Who adds it and would not see it has
    it, as else it would be gone from their sight.
    """
    target = _hold_target()
    warn_at, due_at = due_dates(customer.created_at, target)
    lead = Lead(customer=customer, arrived_at=customer.created_at, warn_at=warn_at, due_at=due_at)
    if customer.owner_id is not None:
        lead.assigned_at, lead.assigned_by = clock.now(), by
    lead.save(force_insert=True)
    if customer.owner is None:
        _assign_by_rules(lead)
        if by is not None and customer.owner is None and not _sees(by, lead):
            _give(lead, customer, by, by=by)
        if customer.owner is None:
            _tell_who_assigns(User.objects.managers())
    elif customer.owner != by:
        _tell(customer, "lead_assigned")
    return lead


@transaction.atomic
def take_lead(lead: Lead, *, by: User) -> Lead:
    """Make a lead that nobody has one's own; who has it already keeps it.

    Raises ValidationError where a colleague has it.
    """
    customer = _hold(lead)
    if customer.owner_id == by.pk:
        return lead
    if customer.owner is not None:
        raise ValidationError(_("%(person)s has this lead already.") % {"person": customer.owner})
    return _give(lead, customer, by, by=by)


@transaction.atomic
def assign_lead(lead: Lead, *, to: User | None, by: User) -> Lead:
    """Give a lead to somebody who works here, or to nobody."""
    customer = _hold(lead)
    if to is not None and not to.is_active:
        raise ValidationError({"owner": _("%(person)s works here no more.") % {"person": to}})
    if (to and to.pk) == customer.owner_id:
        return lead
    return _give(lead, customer, to, by=by)


@transaction.atomic
def put_back_lead(lead: Lead, *, by: User) -> Lead:
    """Undo taking a lead: nobody has it. Raises ValidationError where another has it, or it was
    answered already."""
    customer = _hold(lead)
    if customer.owner_id != by.pk:
        raise ValidationError(_("You do not have this lead."))
    if lead.first_response_at is not None:
        raise ValidationError(_("This lead was answered already."))
    return _give(lead, customer, None, by=by)


@transaction.atomic
def settle_response(activity: Activity) -> None:
    """Find the first response of the lead that an activity is with, or was taken for, anew."""
    _settle(Q(customer=activity.customer_id) | Q(first_response=activity.pk))


@transaction.atomic
def settle_leads_of(customers: Iterable[int]) -> None:
    """Find the first response of the leads of some customers anew, and whether they were given
    up."""
    _settle(Q(customer__in=list(customers)))


@transaction.atomic
def settle_leads_on(stage: LifecycleStage) -> None:
    """The same for those who stand on a stage that counts as lost by now, or does no more."""
    there = LadderPosition.objects.filter(stage=stage)
    _settle(Q(customer__in=there.values("customer"), given_up_at__isnull=stage.is_lost))


def _settle(which: Q) -> None:
    for lead in Lead.objects.select_for_update().filter(which).order_by("pk"):
        settle_lead(lead)


@transaction.atomic
def update_target(target: ResponseTarget, *, by: User | None, **fields: Any) -> ResponseTarget:
    """What holds for leads that come from now on; those that are here keep their dates."""
    stored, _is_new = ResponseTarget.objects.get_or_create(singleton=True)
    stored.version = target.version if target.pk else stored.version
    check_whole(stored, fields)
    changes = update_versioned(stored, fields)
    if changes:
        audit.record("update", stored, by=by, changes=changes)
    return stored


def _hold_target() -> ResponseTarget:
    """The target, held until this transaction ends: leads are assigned one after the other."""
    target, _is_new = ResponseTarget.objects.select_for_update().get_or_create(singleton=True)
    return target


def _hold(lead: Lead) -> Customer:
    """The customer of a lead, as it is and until this transaction ends.

    Its owner is read afterwards: a row joined to one that is waited for would be the one before.
    """
    customers = Customer.objects.order_by().select_for_update(no_key=True)
    customer = customers.get(pk=lead.customer_id)
    lead.refresh_from_db(fields=["first_response_at", "given_up_at", "assigned_at"])
    return customer


def _assign_by_rules(lead: Lead) -> None:
    customer = lead.customer
    found = choose(
        source=customer.source_id,
        region=customer.region,
        country=customer.country,
        industry=customer.industry,
    )
    if found is None:
        return
    AssignmentRule.objects.filter(pk=found.rule.pk).update(last_person=found.person)
    lead.rule = found.rule
    _give(lead, customer, found.person, by=None)


def _sees(person: User, lead: Lead) -> bool:
    return Lead.objects.visible_to(person).filter(pk=lead.pk).exists()


def _give(lead: Lead, customer: Customer, to: User | None, *, by: User | None) -> Lead:
    """Make somebody the owner; ``follow_owner`` writes and tells the rest."""
    lead.save(update_fields=["rule"])
    update_customer(customer, by=by, owner=to)
    lead.refresh_from_db(fields=["rule", "assigned_at", "assigned_by"])
    lead.customer = customer
    return lead


def about_given(customer: int) -> str:
    """What notices tell about that somebody was given a customer."""
    return f"customer:{customer}:given"


def follow_owner(
    customer: Customer, before: User | None, *, by: User | None, is_news: bool = True
) -> None:
    """Write that a customer who came as a lead was assigned, wherever its owner was changed, and
    tell whoever has the customer now, where it ``is_news`` to them."""
    lead = Lead.objects.filter(customer=customer).select_related("rule").first()
    is_told = is_news and customer.owner is not None and customer.owner != by
    if lead is None:
        if is_told:
            _tell(customer, "customer_given")
        return
    lead.customer, to = customer, customer.owner
    lead.rule = lead.rule if by is None else None
    lead.assigned_at, lead.assigned_by = (clock.now() if to else None), by
    lead.save(update_fields=["rule", "assigned_at", "assigned_by"])
    rule = lead.rule.name if lead.rule else None
    changes: dict[str, list[Any]] = {
        "owner": [before and str(before), to and str(to)],
        "rule": [None, rule],
    }
    audit.record("assign", lead, by=by, changes=changes)
    if is_told:
        _tell(customer, "lead_assigned")
    if to is None and lead.is_waiting and customer.archived_at is None:
        # Whoever gave it back, or away, knows.
        _tell_who_assigns(User.objects.managers().exclude(pk=by.pk if by else 0))
    if before is None:
        _settle_nobodys()


def _settle_nobodys() -> None:
    """Nobody need be told of leads that nobody has, where none is left."""
    if not Lead.objects.current().waiting().of_nobody().exists():
        settle(NOBODYS)


def _tell_who_assigns(people: Any) -> None:
    """Once, until they have read it."""
    url = f"{reverse('crm:inbox')}?whose=nobody"
    notify_once(people, "leads_of_nobody", about=NOBODYS, url=url)


def _tell(customer: Customer, code: str) -> None:
    """Leave the sentence for whoever has the customer now."""
    url, about = reverse("crm:customer", args=[customer.pk]), about_given(customer.pk)
    notify(customer.owner, code, url=url, about=about, customer=customer.name)


def settle_lead(lead: Lead) -> None:
    """Bring a lead to what is done with its customer by now."""
    first = _first_answer(lead)
    at = first.done_at if first else None
    answer = {
        "first_response": first,
        "first_response_at": at,
        "responder": first.owner if first else None,
        "response_minutes": None if at is None else minutes_between(lead.arrived_at, at),
    }
    values = answer | {"given_up_at": given_up_at(lead.customer_id)}
    changed = {name for name, value in values.items() if getattr(lead, name) != value}
    if not changed:
        return
    before = lead.first_response_at
    for name in changed:
        setattr(lead, name, values[name])
    lead.save(update_fields=changed)
    if changed & set(answer):
        audit.record("answer", lead, by=lead.responder, changes={"first_response_at": [before, at]})
    if not lead.is_waiting:
        _settle_nobodys()


def _first_answer(lead: Lead) -> Activity | None:
    done = Activity.objects.filter(
        customer=lead.customer_id,
        kind__in=ANSWERS,
        owner__isnull=False,
        done_at__gte=lead.arrived_at,
    )
    return done.select_related("owner").order_by("done_at", "pk").first()
