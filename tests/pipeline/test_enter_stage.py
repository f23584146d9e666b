"""A stage that asks for something of the customer too: who may enter, and what is written then."""

from decimal import Decimal

import pytest

from core.models import AuditEntry
from core.services.versions import StaleVersion
from crm.known_fields import MissingFields
from crm.models import Customer, Source
from crm.services.contacts import archive_contact, create_contact
from crm.services.customers import create_customer, update_customer
from crm.services.plays import write_play
from pipeline.models import Opportunity
from pipeline.services.entries import enter_stage
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    undo_move,
    update_opportunity,
)


@pytest.fixture
def web(db):
    return Source.objects.create(name="Web")


@pytest.fixture
def hengda(company, ladder):
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)


@pytest.fixture
def deal(company, pipeline, hengda, web):
    """Its own source is known, its customer's is not."""
    return create_opportunity(
        pipeline=pipeline, by=company.owner, name="Filling line", customer=hengda, source=web
    )


@pytest.fixture
def proposal(stages):
    write_play(stages["Proposal"], by=None, required=["amount", "customer.source"])
    stages["Proposal"].refresh_from_db()
    return stages["Proposal"]


def stored(deal):
    """What is known of the deal and of its customer, and where it stands."""
    row = Opportunity.objects.select_related("stage", "customer__source").get(pk=deal.pk)
    return row.stage.name, row.amount, row.customer.source and row.customer.source.name


def test_what_is_missing_is_named_by_whose_it_is(company, deal, proposal):
    with pytest.raises(MissingFields) as refused:
        move_opportunity(deal, to=proposal, by=company.owner)
    assert refused.value.names == ["amount", "customer.source"]


def test_what_is_known_of_the_customer_is_enough(company, deal, hengda, web, proposal):
    update_customer(hengda, by=company.owner, source=web)
    update_opportunity(deal, by=company.owner, amount=Decimal(5))
    assert move_opportunity(deal, to=proposal, by=company.owner)


def test_a_deal_without_a_customer_has_nothing_known_of_it(company, pipeline, proposal):
    deal = create_opportunity(pipeline=pipeline, by=company.owner, name="Line", amount=Decimal(5))
    with pytest.raises(MissingFields) as refused:
        move_opportunity(deal, to=proposal, by=company.owner)
    assert refused.value.names == ["customer.source"]


def test_a_new_deal_does_not_begin_where_more_is_asked_of_its_customer(
    company, pipeline, hengda, proposal
):
    values = {"pipeline": pipeline, "by": company.owner, "customer": hengda, "amount": Decimal(5)}
    with pytest.raises(MissingFields):
        create_opportunity(**values, name="Line", stage=proposal)
    assert not Opportunity.objects.exists()


def test_somebody_known_at_the_customer_is_a_contact_whom_nobody_archived(
    company, deal, hengda, stages
):
    write_play(stages["Won"], by=None, required=["customer.contact"])
    stages["Won"].refresh_from_db()
    archive_contact(create_contact(hengda, by=company.owner, name="Ann"), by=company.owner)
    with pytest.raises(MissingFields):
        move_opportunity(deal, to=stages["Won"], by=company.owner)
    create_contact(hengda, by=company.owner, name="Bo")
    assert move_opportunity(deal, to=stages["Won"], by=company.owner)


def test_both_are_written_with_the_move_and_each_has_its_history(company, deal, web, proposal):
    change = enter_stage(
        deal,
        to=proposal,
        by=company.owner,
        of_deal={"amount": Decimal(380)},
        of_customer={"source": web, "contact": "Ann"},
    )
    assert change.to_stage == proposal
    assert stored(deal) == ("Proposal", 380, "Web")
    assert deal.customer.contacts.get().name == "Ann"
    told = AuditEntry.objects.order_by("id").values_list("object_type", "action", "actor")
    assert list(told)[-4:] == [
        ("crm.customer", "update", company.owner.pk),
        ("crm.contact", "create", company.owner.pk),
        ("pipeline.opportunity", "update", company.owner.pk),
        ("pipeline.opportunity", "move", company.owner.pk),
    ]


@pytest.mark.parametrize("overtaken", ["deal", "customer"])
def test_of_what_somebody_overtook_nothing_is_written(
    company, deal, hengda, web, proposal, overtaken
):
    if overtaken == "deal":
        update_opportunity(Opportunity.objects.get(pk=deal.pk), by=company.teammate, region="North")
    else:
        update_customer(Customer.objects.get(pk=hengda.pk), by=company.teammate, region="North")
    acts = AuditEntry.objects.count()
    with pytest.raises(StaleVersion):
        enter_stage(
            deal,
            to=proposal,
            by=company.owner,
            of_deal={"amount": Decimal(380)},
            of_customer={"source": web},
        )
    assert stored(deal) == ("Qualified", None, None)
    assert AuditEntry.objects.count() == acts


def test_where_something_is_still_missing_nothing_is_written(company, deal, web, proposal):
    with pytest.raises(MissingFields) as refused:
        enter_stage(deal, to=proposal, by=None, of_deal={}, of_customer={"source": web})
    assert refused.value.names == ["amount"]
    assert stored(deal) == ("Qualified", None, None)


def test_taking_the_move_back_keeps_what_was_told_and_asks_for_nothing(
    company, deal, web, proposal, stages
):
    enter_stage(
        deal,
        to=proposal,
        by=company.owner,
        of_deal={"amount": Decimal(380)},
        of_customer={"source": web},
    )
    move_opportunity(deal, to=stages["Negotiation"], by=company.owner)
    update_customer(deal.customer, by=company.owner, source=None)
    undo_move(deal, by=company.owner)
    assert stored(deal) == ("Proposal", 380, None)
