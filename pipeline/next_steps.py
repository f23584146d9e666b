"""What comes next about deals: what is about the deal, else what is with its customer alone."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from crm.models import Activity
from crm.next_steps import NextStep, due_first
from pipeline.models import Opportunity
from pipeline.models.opportunities import OpportunityQuerySet


def next_steps(deals: Sequence[Opportunity], *, user: User, at: datetime) -> dict[int, NextStep]:
    """Of each open deal that has one what is due first. One query whatever their number."""
    pursued = [deal for deal in deals if deal.stage.is_open]
    if not pursued:
        return {}
    about = Q(opportunity__in=[deal.pk for deal in pursued])
    with_customer = Q(
        opportunity=None, customer__in={deal.customer_id for deal in pursued if deal.customer_id}
    )
    own: dict[int, Activity] = {}
    general: dict[int, Activity] = {}
    for row in due_first(Activity.objects.visible_to(user)).filter(about | with_customer):
        if row.opportunity_id:
            own.setdefault(row.opportunity_id, row)
        else:
            general.setdefault(row.customer_id, row)
    found = {deal.pk: own.get(deal.pk) or general.get(deal.customer_id or 0) for deal in pursued}
    return {pk: NextStep(row, at) for pk, row in found.items() if row is not None}


def without_next_step(deals: OpportunityQuerySet) -> OpportunityQuerySet:
    """Of ``deals`` those about which nothing is planned."""
    planned = Activity.objects.pending()
    about = planned.filter(opportunity=OuterRef("pk"))
    general = planned.filter(opportunity=None, customer=OuterRef("customer"))
    return deals.filter(~Exists(about), ~Exists(general))
