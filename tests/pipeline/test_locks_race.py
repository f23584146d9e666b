"""Customers archived and handed over while their deals are won or wins undone, over real
connections."""

import pytest
from django.db import connection

from core.services.versions import StaleVersion
from crm.models import Customer, LadderPosition
from crm.services.customers import archive_customer, create_customer
from pipeline.models import Opportunity
from pipeline.services.hand_over import hand_over
from pipeline.services.opportunities import create_opportunity, move_opportunity, undo_move
from tests.crm.test_customer_race import at_once, broken_links

ROUNDS, DEALS = 8, 4

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only on PostgreSQL"),
]


@pytest.fixture
def held(company, pipeline):
    """A new customer of the owner with some deals, on every call."""

    def make():
        customer = create_customer(by=company.owner, name="Hengda", owner=company.owner)
        values = {"pipeline": pipeline, "by": company.owner, "customer": customer, "amount": 1}
        return customer, [create_opportunity(name=f"Line {n}", **values) for n in range(DEALS)]

    return make


def winning(deal):
    """By what a page has read before."""
    fresh = Opportunity.objects.select_related("stage", "pipeline", "customer").get(pk=deal.pk)
    won = fresh.pipeline.stages.get(is_won=True)
    return lambda: move_opportunity(fresh, to=won, by=None)


def test_archiving_beside_wins_stops_nobody(held):
    for _round in range(ROUNDS):
        customer, deals = held()
        stale = Customer.objects.get(pk=customer.pk)
        errors = at_once(*map(winning, deals), lambda stale=stale: archive_customer(stale, by=None))
        assert all(isinstance(error, StaleVersion) for error in errors), errors


def test_handing_over_beside_wins_stops_nobody(company, held):
    for _round in range(ROUNDS):
        _customer, deals = held()

        def give():
            hand_over(company.owner, receivers=[company.teammate], by=company.manager)

        errors = at_once(*map(winning, deals), give)
        assert all(isinstance(error, StaleVersion) for error in errors), errors
        Customer.objects.update(owner=company.owner)
        Opportunity.objects.update(owner=company.owner)


def undoing(deal):
    fresh = Opportunity.objects.select_related("stage", "pipeline", "customer").get(pk=deal.pk)
    return lambda: undo_move(fresh, by=None)


def standing_of(customer):
    return LadderPosition.objects.select_related("stage").get(customer=customer).stage.name


def test_wins_undone_at_once_leave_no_customer_without_a_win(held):
    for _round in range(ROUNDS):
        customer, deals = held()
        for deal in deals:
            winning(deal)()
        assert at_once(*map(undoing, deals)) == []
        assert standing_of(customer) == "Prospect"
        assert not broken_links(customer)


def test_a_win_undone_beside_another_win_leaves_a_customer(held):
    for _round in range(ROUNDS):
        customer, (one, *others) = held()
        winning(one)()
        assert at_once(undoing(one), *map(winning, others)) == []
        assert standing_of(customer) == "Customer"
        assert not broken_links(customer)


def test_wins_undone_beside_archiving_and_handing_over_stop_nobody(company, held):
    for _round in range(ROUNDS):
        customer, deals = held()
        for deal in deals:
            winning(deal)()
        stale = Customer.objects.get(pk=customer.pk)

        def give():
            receivers = [company.teammate]
            hand_over(company.owner, receivers=receivers, by=company.manager, with_closed=True)

        def archive(stale=stale):
            archive_customer(stale, by=None)

        errors = at_once(*map(undoing, deals), archive, give)
        assert all(isinstance(error, StaleVersion) for error in errors), errors
        Customer.objects.update(owner=company.owner)
        Opportunity.objects.update(owner=company.owner)
