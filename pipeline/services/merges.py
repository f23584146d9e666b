"""What deals have to do with customers that are merged, and with those that are parted again."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.merging.journal import Journal
from crm.models import CustomerMerge
from pipeline.models import Opportunity, Pipeline, StageChange
from pipeline.services.advances import advance_by
from pipeline.services.requests import request_refresh

NAMED = 3


def lock_deals(customers: Iterable[int]) -> None:
    """Deals are locked before customers, as by whoever moves one (docs/decisions/0020)."""
    rows = Opportunity.objects.select_for_update(no_key=True).filter(customer__in=customers)
    list(rows.order_by("pk").values_list("pk"))


def refresh_of_merge(merge: CustomerMerge) -> None:
    """Ask for the rates of all pipelines that knew either customer, or are led to by a ladder."""
    both = (merge.survivor_id, merge.merged_id)
    deals = Opportunity.objects.filter(customer__in=both).order_by()
    concerned = Q(ladder__isnull=False) | Q(pk__in=deals.values("pipeline"))
    for pk in Pipeline.objects.filter(concerned).order_by("pk").values_list("pk", flat=True):
        request_refresh(pk)


def crossing_deals(merge: CustomerMerge, journal: Journal) -> list[str]:
    """Deals and contacts that belong together by now and would come to be of two customers."""
    deals = journal.moved_of("pipeline.Opportunity")
    contacts = journal.moved_of("crm.Contact")
    all_here = Opportunity.objects.filter(customer=merge.survivor_id, contact__isnull=False)
    going, staying = all_here.filter(pk__in=deals), all_here.exclude(pk__in=deals)
    tied = [
        *staying.filter(contact__in=contacts),
        *going.filter(contact__customer=merge.survivor_id).exclude(contact__in=contacts),
    ]
    if not tied:
        return []
    message = _("Choose another contact first for %(deals)s: it is of the other customer.")
    return [message % {"deals": ", ".join(deal.name for deal in tied[:NAMED])}]


def advance_parted(merge: CustomerMerge) -> None:
    """Let each customer stand where its deals have brought it since the merge.

    They were opened or won when the one customer stood further already, and moved nobody.
    """
    both = (merge.survivor_id, merge.merged_id)
    told = StageChange.objects.live().filter(
        opportunity__customer__in=both, recorded_at__gte=merge.recorded_at
    )
    advance_by(
        told.select_related(
            "opportunity__pipeline", "opportunity__customer", "to_stage", "by"
        ).order_by("at", "pk")
    )
