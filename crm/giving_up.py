"""When a customer who came as a lead was given up."""

from datetime import datetime, timedelta

from crm.models import LifecycleChange

Cause = LifecycleChange.Cause
BY_PEOPLE = (Cause.HAND, Cause.API, Cause.IMPORT)
"""Who is brought back by one of these waits again; a deal tells that somebody is in touch."""
BACK_WITHIN = timedelta(days=30)
"""Who is brought back later starts anew: what was asked then is not answered any more."""


def given_up_at(customer: int) -> datetime | None:
    """Since when a customer has stood on a lost stage of every ladder that it is on; None where it
    does not, or was brought back within reason."""
    history = LifecycleChange.objects.live().filter(customer=customer)
    is_lost: dict[int, bool] = {}
    since = None
    for move in history.select_related("to_stage").order_by("at", "pk"):
        is_lost[move.ladder_id] = move.to_stage.is_lost
        if all(is_lost.values()):
            since = since or move.at
        elif since and move.cause in BY_PEOPLE and move.at - since <= BACK_WITHIN:
            since = None
    return since
