"""The moves of a customer's deals, as its timeline tells them."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Customer
from crm.timeline import Entry
from pipeline.models import Opportunity, StageChange


def deal_moves(customer: Customer, user: User, limit: int) -> Iterator[Entry]:
    """The newest moves of the deals that ``user`` may see, undone ones among them. One query."""
    deals = Opportunity.objects.visible_to(user).filter(customer=customer).values("pk")
    # What was undone by hand held until then; what never held is nobody's history.
    held = Q(voided_by__isnull=True) | Q(voided_at__isnull=False)
    rows = StageChange.objects.filter(held, opportunity__in=deals).select_related(
        "opportunity", "from_stage", "to_stage", "by", "lost_reason"
    )
    return (_entry(row) for row in rows.order_by("-at", "-id")[:limit])


def _entry(row: StageChange) -> Entry:
    to = row.to_stage
    title = (
        f"{row.from_stage} → {to}" if row.from_stage else _("Began in %(stage)s") % {"stage": to}
    )
    return Entry(
        at=row.at,
        icon="trophy" if to.is_won else "x" if to.is_lost else "arrow-right",
        title=title,
        by=str(row.by or ""),
        text=str(row.lost_reason or ""),
        part=to.part,
        subject=row.opportunity,
        is_undone=row.voided_by_id is not None,
    )
