"""An archived customer takes its open deals along, and brings back those alone."""

from datetime import timedelta

import pytest

from core import clock
from core.models import Notice
from crm.services.activities import log_activity
from crm.services.customers import archive_customer, restore_customer
from crm.services.reminders import fire_due
from pipeline.models import Opportunity
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    move_opportunity,
)


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
    # Even where the clock stands still between the two.
    clock.pin(clock.now())
    archive_opportunity(deal, by=company.owner)
    archive_customer(customer, by=company.owner)
    restore_customer(customer, by=company.owner)
    assert current(customer) == set()


@pytest.mark.parametrize("ask", ["page", "api"])
def test_archiving_again_later_loses_no_deal(company, customer, deal, client, ask):
    client.force_login(company.owner)
    archive_customer(customer, by=company.owner)
    clock.pin(clock.now() + timedelta(hours=1))
    if ask == "page":
        client.post(f"/customers/{customer.pk}/archive/")
    else:
        version = client.get(f"/api/v1/customers/{customer.pk}/")["ETag"]
        address = f"/api/v1/customers/{customer.pk}/"
        assert client.delete(address, headers={"If-Match": version}).status_code == 204
    client.post(f"/customers/{customer.pk}/restore/")
    assert current(customer) == {"Line"}


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


def test_nobody_has_to_read_any_more_of_what_was_planned_with_it(company, customer):
    due = clock.now() + timedelta(hours=1)
    log_activity(customer, by=company.owner, kind="call", subject="Ring", due_at=due)
    fire_due(at=due)
    assert Notice.objects.unread().count() == 1
    archive_customer(customer, by=company.owner)
    assert not Notice.objects.unread().exists()
