"""Giving all that one person holds to others, when somebody leaves or changes teams."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heapreplace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import sentences
from core.db import AnyOf
from core.services import audit
from core.services.notices import notify, settle
from crm.models import Activity, Campaign, Customer
from crm.services.leads import about_given, follow_owner
from crm.services.reminders import pass_on
from pipeline.holdings import unfinished_campaigns
from pipeline.models import HandOver, Opportunity, StageChange
from pipeline.models.hand_overs import NOBODY
from pipeline.services.requests import request_refresh

# In the order in which they are locked (docs/decisions/0020).
NOUNS: dict[str, type[Model]] = {
    "deals": Opportunity,
    "customers": Customer,
    "activities": Activity,
    "campaigns": Campaign,
}
Moved = dict[str, dict[int, list[int]]]
"""By noun and receiver, the ids of rows."""

sentences.register(
    "handed_over",
    gettext_lazy("From %(giver)s you have now %(customers)s customers and %(deals)s deals."),
)


def people_to_give(by: User) -> Any:
    """Whose records ``by`` may give away; those who left too."""
    return User.objects.whose_records_are_visible_to(by)


def people_to_receive(by: User) -> Any:
    return people_to_give(by).active()


@transaction.atomic
def hand_over(
    giver: User, *, receivers: Sequence[User], by: User, with_closed: bool = False
) -> HandOver:
    """Give customers, open deals, open activities and unfinished campaigns of ``giver`` away.

    A customer goes with its deals and what is planned with it to the receiver who has been given
    least so far, so that several share evenly. Closed deals stay with who closed them unless
    ``with_closed``. The number of queries depends on the number of receivers alone. Raises
    ValidationError beside ``giver`` or ``receivers``, and where there is nothing to give.
    """
    _check_people(giver, receivers, by)
    moved = _shares(giver, [person.pk for person in receivers], with_closed)
    if not any(ids for of in moved.values() for ids in of.values()):
        raise ValidationError({"giver": _("%(name)s holds nothing.") % {"name": giver.name}})
    names = {person.pk: person for person in receivers}
    for noun, of in moved.items():
        for pk, ids in of.items():
            _give(noun, ids, giver, names.get(pk) or User.objects.get(pk=pk), by=by)
    done = HandOver.objects.create(giver=giver, by=by, at=timezone.now(), moved=moved)
    for person in receivers:
        _tell(person, giver, moved)
    _refresh(moved)
    return done


def record_given(
    customer: Customer, giver: User, *, by: User, along: Mapping[str, list[int]]
) -> HandOver:
    """Keep what a customer that ``giver`` had took ``along`` to its owner of now, to be undone."""
    to = customer.owner_id or NOBODY
    moved = {noun: {to: ids} for noun, ids in {"customers": [customer.pk], **along}.items() if ids}
    return HandOver.objects.create(giver=giver, by=by, at=timezone.now(), moved=moved)


@transaction.atomic
def undo_hand_over(done: HandOver, *, by: User) -> int:
    """Give back what still is with its receiver; how many rows are with somebody else by now, or
    are over: who did an activity or closed a deal meanwhile keeps it.

    Raises ValidationError a day after it, and where it was undone already.
    """
    done = HandOver.objects.select_for_update().select_related("giver").get(pk=done.pk)
    if done.undone_at is not None:
        raise ValidationError(_("This was undone already."))
    if timezone.now() > done.at + HandOver.UNDONE_WITHIN:
        raise ValidationError(_("This can be undone for a day only. Hand over the other way."))
    receivers = User.objects.in_bulk(done.receiver_ids)
    moved = {
        noun: {int(pk): ids for pk, ids in of.items() if ids} for noun, of in done.moved.items()
    }
    for noun, model in NOUNS.items():
        ids = [pk for of in moved.get(noun, {}).values() for pk in of]
        list(_locked(model._default_manager.filter(Q(AnyOf(F("pk"), ids))), "pk"))
    over = _over_since(done, moved)
    back = sum(
        _give(noun, sorted(set(ids) - over.get(noun, set())), receivers.get(pk), done.giver, by=by)
        for noun, of in moved.items()
        for pk, ids in of.items()
    )
    if done.count("customers") == 1:
        _return_lead(done, by=by)
    done.undone_at, done.undone_by = timezone.now(), by
    done.save(update_fields=["undone_at", "undone_by"])
    _refresh(moved)
    return sum(done.count(noun) for noun in NOUNS) - back


def _check_people(giver: User, receivers: Sequence[User], by: User) -> None:
    if not by.is_manager or not people_to_give(by).filter(pk=giver.pk).exists():
        raise ValidationError({"giver": _("You may not give away what this person holds.")})
    if not receivers:
        raise ValidationError({"receivers": _("Choose who gets it.")})
    if giver in receivers:
        raise ValidationError({"receivers": _("Choose somebody else than who gives.")})
    allowed = people_to_receive(by).filter(pk__in=[person.pk for person in receivers]).count()
    if allowed != len(set(receivers)):
        raise ValidationError({"receivers": _("Choose active people of your teams.")})


def _shares(giver: User, receivers: list[int], with_closed: bool) -> Moved:
    """Who gets what; the rows are locked until it is done."""
    deals = Opportunity.objects.filter(owner=giver)
    if not with_closed:
        deals = deals.filter(stage__is_won=False, stage__is_lost=False)
    held = list(_locked(deals, "pk", "customer"))
    customers = list(_locked(Customer.objects.filter(owner=giver), "pk"))
    planned = Activity.objects.open().filter(owner=giver)
    activities = list(_locked(planned, "pk", "customer", "customer__owner"))
    campaigns = list(_locked(unfinished_campaigns().filter(owner=giver), "pk"))
    # What belongs to one customer goes to one person; a deal without a customer is its own.
    parts = _evenly(
        [*(("customer", pk) for (pk,) in customers), *(_key(pk, of) for pk, of in held)], receivers
    )
    moved: Moved = {noun: {} for noun in NOUNS}
    for (pk,) in customers:
        moved["customers"].setdefault(parts["customer", pk], []).append(pk)
    for pk, of in held:
        moved["deals"].setdefault(parts[_key(pk, of)], []).append(pk)
    given = {pk for (pk,) in customers}
    for pk, of, owner in activities:
        # What is to be done with somebody else's customer is for them: no receiver may see it.
        to = parts["customer", of] if of in given else owner
        if to is not None:
            moved["activities"].setdefault(to, []).append(pk)
    for place, (pk,) in enumerate(campaigns):
        moved["campaigns"].setdefault(receivers[place % len(receivers)], []).append(pk)
    return moved


def _locked(rows: Any, *names: str) -> Any:
    held = rows.select_for_update(of=("self",), no_key=True)
    return held.order_by("pk").values_list(*names)


def _key(pk: int, customer: int | None) -> tuple[str, int]:
    return ("deal", pk) if customer is None else ("customer", customer)


def _evenly(rows: Iterable[tuple[str, int]], receivers: list[int]) -> dict[tuple[str, int], int]:
    """The receiver of each key, the largest given first and to who has least."""
    weights: dict[tuple[str, int], int] = {}
    for key in rows:
        weights[key] = weights.get(key, 0) + 1
    loads = [(0, place) for place in range(len(receivers))]
    heapify(loads)
    found = {}
    for key in sorted(weights, key=lambda key: (-weights[key], key)):
        load, place = loads[0]
        heapreplace(loads, (load + weights[key], place))
        found[key] = receivers[place]
    return found


def _over_since(done: HandOver, moved: Moved) -> dict[str, set[int]]:
    """By noun, what was done or closed since it was given."""
    given = {noun: [pk for ids in of.values() for pk in ids] for noun, of in moved.items()}
    closed = StageChange.objects.live().filter(
        Q(to_stage__is_won=True) | Q(to_stage__is_lost=True),
        Q(AnyOf(F("opportunity"), given.get("deals", []))),
        Q(opportunity__stage__is_won=True) | Q(opportunity__stage__is_lost=True),
        recorded_at__gt=done.at,
    )
    did = Activity.objects.filter(
        Q(AnyOf(F("pk"), given.get("activities", []))), done_at__isnull=False
    )
    return {
        "deals": set(closed.values_list("opportunity", flat=True)),
        "activities": set(did.values_list("pk", flat=True)),
    }


def _return_lead(done: HandOver, *, by: User) -> None:
    """A customer who alone was given, and is back, is no news to who had it, nor any more to who
    got it."""
    ((to, ids),) = done.moved["customers"].items()
    customer = Customer.objects.select_related("owner").get(pk=ids[0])
    if customer.owner_id != done.giver_id:
        return
    settle(about_given(customer.pk))
    before = User.objects.filter(pk=int(to)).first()
    follow_owner(customer, before, by=by, is_news=False)


def _give(noun: str, ids: list[int], giver: User | None, receiver: User, *, by: User) -> int:
    """Make ``receiver`` the owner of those rows that are still the giver's; how many were."""
    model = NOUNS[noun]
    rows = model._default_manager.filter(Q(AnyOf(F("pk"), ids)), owner=giver)
    current = list(rows.values_list("pk", flat=True))
    changes: dict[str, Any] = {"owner": receiver, "version": F("version") + 1}
    if hasattr(model, "updated_at"):
        changes["updated_at"] = timezone.now()
    rows.update(**changes)
    audit.record_many("update", model, current, by=by, changes={"owner": [giver, receiver]})
    if noun == "activities":
        pass_on(current, to=receiver)
    return len(current)


def _tell(receiver: User, giver: User, moved: Moved) -> None:
    counts: dict[str, Any] = {
        noun: len(moved[noun].get(receiver.pk, ())) for noun in ("customers", "deals")
    }
    if any(counts.values()):
        url = f"{reverse('crm:customers')}?owner={receiver.pk}"
        notify(receiver, "handed_over", url=url, giver=giver.name, **counts)


def _refresh(moved: Moved) -> None:
    """Rates by owner and team count a deal where it is now."""
    ids = [pk for of in moved.get("deals", {}).values() for pk in of]
    deals = Opportunity.objects.filter(Q(AnyOf(F("pk"), ids)))
    for pipeline in deals.order_by("pipeline").values_list("pipeline", flat=True).distinct():
        request_refresh(pipeline)
