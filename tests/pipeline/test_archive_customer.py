"""An archived customer takes its open deals along, and brings back those alone."""

from datetime import timedelta

import pytest

from core import clock
from crm.services.customers import archive_customer, create_customer, restore_customer
from pipeline.models import Opportunity
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    move_opportunity,
)


@pytest.fixture
def customer(company, ladder):
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)


@pytest.fixture
def deal(company, pipeline, customer):
    return create_opportunity(pipeline=pipeline, by=company.owner, name="Line", customer=customer)


def current(customer):
    return {row.name for row in Opportunity.objects.current().filter(customer=customer)}


def test_open_deals_go_along_and_won_ones_stay_in_the_history(
    company, customer, deal, pipeline, stages
):
    won = create_opportunity(pipeline=pipeline, by=company.owner, name="Won", customer=customer)
    move_opportunity(won, to=stages["Won"], by=company.owner)
    archive_customer(customer, by=company.owner)
    assert current(customer) == {"Won"}
    restore_customer(customer, by=company.owner)
    assert current(customer) == {"Line", "Won"}


def test_a_deal_that_was_archived_before_stays_archived(company, customer, deal, pipeline):
    archive_opportunity(deal, by=company.owner)
    Opportunity.objects.filter(pk=deal.pk).update(archived_at=clock.now() - timedelta(days=1))
    archive_customer(customer, by=company.owner)
    restore_customer(customer, by=company.owner)
    assert current(customer) == set()


def test_one_undo_brings_both_back(company, customer, deal, client):
    client.force_login(company.owner)
    page = client.post(f"/customers/{customer.pk}/archive/", follow=True).content.decode()
    assert f"/customers/{customer.pk}/restore/" in page
    assert f"/deals/{deal.pk}/" not in client.get("/search/?q=Line").content.decode()
    client.post(f"/customers/{customer.pk}/restore/")
    assert current(customer) == {"Line"}


def test_over_the_api_archiving_twice_changes_nothing(company, customer, deal, client):
    client.force_login(company.owner)
    address = f"/api/v1/customers/{customer.pk}/archive/"
    first = client.post(address).json()
    assert first["archived_at"] is not None
    assert client.post(address).json()["version"] == first["version"]
    assert current(customer) == set()
