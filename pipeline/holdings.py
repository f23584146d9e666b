"""What people hold: whose customers, deals and tasks would be nobody's if they left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from crm.models import Activity, Campaign, Customer
from pipeline.models import Opportunity


@dataclass(frozen=True)
class Holding:
    """Counts of what a person is the owner of; deals are open ones unless ``closed_deals``."""

    customers: int = 0
    deals: int = 0
    closed_deals: int = 0
    activities: int = 0
    campaigns: int = 0

    def __bool__(self) -> bool:
        """Whether anything waits for somebody: closed deals do not."""
        return any((self.customers, self.deals, self.activities, self.campaigns))


def holdings_of(people: Iterable[User]) -> dict[int, Holding]:
    """By person; four queries whatever their number."""
    ids = [person.pk for person in people]
    is_open = Q(stage__is_won=False, stage__is_lost=False)
    customers = _counts(Customer.objects.current().filter(owner__in=ids))
    deals = {
        row["owner"]: row
        for row in Opportunity.objects.current()
        .filter(owner__in=ids)
        .order_by()
        .values("owner")
        .annotate(pursued=Count("pk", filter=is_open), over=Count("pk", filter=~is_open))
    }
    activities = _counts(Activity.objects.open().filter(owner__in=ids))
    campaigns = _counts(unfinished_campaigns().filter(owner__in=ids))
    return {
        pk: Holding(
            customers.get(pk, 0),
            deals[pk]["pursued"] if pk in deals else 0,
            deals[pk]["over"] if pk in deals else 0,
            activities.get(pk, 0),
            campaigns.get(pk, 0),
        )
        for pk in ids
    }


def holding_of(person: User) -> Holding:
    return holdings_of([person])[person.pk]


def unfinished_campaigns() -> QuerySet[Campaign]:
    return Campaign.objects.current().exclude(status=Campaign.Status.DONE)


def _counts(rows: QuerySet[Any]) -> dict[int, int]:
    found = rows.order_by().values("owner").annotate(n=Count("pk")).values_list("owner", "n")
    return dict(found)
