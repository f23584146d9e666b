"""Moves of one customer at the same instant, over real connections."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from accounts.models import User
from crm.models import Customer, Ladder, LadderPosition, LifecycleChange
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer, undo_last_move
from pipeline.models import Opportunity, Pipeline
from pipeline.services.opportunities import create_opportunity, move_opportunity

ROUNDS = 8

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only on PostgreSQL"),
]


def at_once(*acts):
    """Run the acts, each on a connection of its own; the errors that they ended with."""
    barrier, errors = threading.Barrier(len(acts)), []

    def run(act):
        try:
            barrier.wait()
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.fixture
def selling(pipeline, company):
    """Acts of selling by their ids, as each connection must look them up for itself."""

    class Selling:
        owner = company.owner

        def customer(self, name):
            return create_customer(by=self.owner, name=name, owner=self.owner)

        def open_deal(self, customer):
            return create_opportunity(
                pipeline=Pipeline.objects.get(pk=pipeline.pk),
                by=User.objects.get(pk=self.owner.pk),
                name="Line",
                customer=Customer.objects.get(pk=customer.pk),
                amount=1,
            )

        def win(self, deal):
            found = Opportunity.objects.select_related("stage", "pipeline", "customer")
            deal = found.get(pk=deal.pk)
            move_opportunity(deal, to=deal.pipeline.stages.get(is_won=True), by=None)

    return Selling()


def standing_of(customer):
    return LadderPosition.objects.select_related("stage").get(customer=customer).stage.name


def broken_links(customer):
    """Moves that do not begin where the one before them ended."""
    rows = list(LifecycleChange.objects.live().filter(customer=customer).order_by("at", "pk"))
    return [b for a, b in zip(rows, rows[1:], strict=False) if b.from_stage_id != a.to_stage_id]


def test_a_customer_that_wins_while_another_deal_opens_stays_a_customer(selling):
    for number in range(ROUNDS):
        customer = selling.customer(f"Hengda {number}")
        # The deal comes from elsewhere, so that the customer is not moved before the race.
        deal = create_opportunity(
            pipeline=Pipeline.objects.get(), by=selling.owner, name="Line", customer=None
        )
        Opportunity.objects.filter(pk=deal.pk).update(customer=customer)
        errors = at_once(lambda: selling.win(deal), lambda: selling.open_deal(customer))
        assert not errors
        assert standing_of(customer) == "Customer"
        assert not broken_links(customer)


def test_deals_that_open_at_once_wait_for_each_other_and_all_come_to_be(selling):
    for number in range(ROUNDS):
        customer = selling.customer(f"Hengda {number}")
        assert not at_once(*[lambda: selling.open_deal(customer)] * 4)
        assert customer.opportunities.count() == 4
        assert standing_of(customer) == "Prospect"
        assert LifecycleChange.objects.filter(customer=customer).count() == 2


def test_an_undo_beside_a_move_leaves_the_position_at_the_end_of_the_history(selling):
    stages = {stage.name: stage for stage in Ladder.objects.get().stages.all()}
    for number in range(ROUNDS):
        customer = selling.customer(f"Hengda {number}")
        change = move_customer(customer, to=stages["Prospect"], by=None)
        errors = at_once(
            lambda: undo_last_move(change, by=None),
            lambda: move_customer(customer, to=stages["Customer"], by=None),
        )
        assert all(isinstance(error, ValidationError) for error in errors)
        last = LifecycleChange.objects.live().filter(customer=customer).order_by("at", "pk").last()
        assert standing_of(customer) == last.to_stage.name
        assert not broken_links(customer)
