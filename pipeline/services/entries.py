"""Entering a stage that asks for more than is known of a deal and its customer."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from crm.known_fields import CONTACT
from crm.models import Customer
from crm.services.customers import fill_in
from pipeline.models import LostReason, Opportunity, Stage, StageChange
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    update_opportunity,
)


@transaction.atomic
def enter_stage(
    deal: Opportunity,
    *,
    to: Stage,
    by: User | None,
    lost_reason: LostReason | None = None,
    of_deal: Mapping[str, Any],
    of_customer: Mapping[str, Any] | None = None,
) -> StageChange | None:
    """Write what is now known of a deal and of its customer and move the deal, or none of it.

    Both carry the version that the person saw. Raises what ``move_opportunity`` raises, and
    StaleVersion also where somebody changed the customer meanwhile.
    """
    _lock(deal, to)
    if deal.customer and of_customer:
        fill_in(deal.customer, by=by, **of_customer)
    update_opportunity(deal, by=by, **of_deal)
    return move_opportunity(deal, to=to, by=by, lost_reason=lost_reason)


@transaction.atomic
def open_deal(
    *,
    customer: Customer,
    of_customer: Mapping[str, Any] | None,
    stage: Stage | None,
    by: User | None,
    **fields: Any,
) -> Opportunity:
    """Write what is now known of a customer and open a deal with it, or none of it. Who is now
    known there is whom the deal talks to, where its stage asks for somebody and none is named.

    The customer carries the version that the person saw. Raises what ``create_opportunity`` raises,
    and StaleVersion where somebody changed the customer meanwhile.
    """
    if of_customer:
        # Before the customer, as whoever moves a deal that moves its customer does.
        held = Stage.objects.filter(pk=stage.pk if stage else 0).order_by()
        list(held.select_for_update(no_key=True).values_list("pk"))
        told = fill_in(customer, by=by, **of_customer)
        if told and stage and CONTACT in stage.required_fields:
            fields.setdefault(CONTACT, told)
    return create_opportunity(by=by, customer=customer, stage=stage, **fields)


def _lock(deal: Opportunity, to: Stage) -> None:
    """In the order of whoever moves a deal that moves its customer, so that no two wait in a ring:
    stage, deal, customer, and only then the flag of the pipeline's rates."""
    for rows in (
        Stage.objects.filter(pk=to.pk),
        Opportunity.objects.filter(pk=deal.pk),
        Customer.objects.filter(pk=deal.customer_id or 0),
    ):
        list(rows.select_for_update(no_key=True).order_by().values_list("pk"))
