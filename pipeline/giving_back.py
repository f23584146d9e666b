"""The Undo of a customer who was given away, where its timeline tells of that."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Customer
from crm.timeline import WayBack
from pipeline.models import HandOver


def way_back_of_given(customer: Customer, user: User) -> WayBack | None:
    """As long as it can be undone, and the customer is still with whom it was given to. One query.

    It is asked about, for the message that told what went along is gone.
    """
    given = HandOver.objects.undoable_by(user).standing().of_customer(customer)
    done = given.select_related("giver").first()
    if done is None:
        return None
    question = _("Give %(customer)s back to %(giver)s, with what went along?")
    return WayBack(
        reverse("pipeline:undo_hand_over", args=[done.pk]),
        question % {"customer": customer.name, "giver": done.giver.name},
    )
