"""What goes along when a customer is given to somebody, in words, as a person may see it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from crm.models import Activity, Customer
from crm.models.customers import Along


def going_along(customer: Customer, user: User) -> Along:
    """What of it ``user`` sees; nothing of a customer that is nobody's. Two queries."""
    if customer.owner_id is None:
        return {}
    deals: Any = Activity._meta.get_field("opportunity").related_model
    theirs = {"customer": customer, "owner": customer.owner_id}
    return {
        "deals": _keys(deals.objects.visible_to(user).open().filter(**theirs)),
        "activities": _keys(Activity.objects.visible_to(user).open().filter(**theirs)),
    }


def words_before(customer: Customer, user: User) -> str:
    """What will go along; empty where nothing does."""
    along = going_along(customer, user)
    words = {"what": _counted(along), "person": customer.owner}
    number = sum(map(len, along.values()))
    text = ngettext(
        "%(what)s of %(person)s goes along.", "%(what)s of %(person)s go along.", number
    )
    return text % words if number else ""


def words_after(along: Along, seen: Along, giver: User | None) -> str:
    """What of what went along had been ``seen``; empty where nothing."""
    told = {noun: set(along.get(noun, ())) & set(ids) for noun, ids in seen.items()}
    if not any(told.values()):
        return ""
    return _("%(what)s of %(person)s went along.") % {"what": _counted(told), "person": giver}


def _keys(rows: Any) -> set[int]:
    return set(rows.order_by().values_list("pk", flat=True))


def _counted(along: Along) -> str:
    deals, planned = (len(along.get(noun, ())) for noun in ("deals", "activities"))
    words = [
        deals and ngettext("%(n)s open deal", "%(n)s open deals", deals) % {"n": deals},
        planned
        and ngettext("%(n)s planned activity", "%(n)s planned activities", planned)
        % {"n": planned},
    ]
    return _(" and ").join(word for word in words if word)
