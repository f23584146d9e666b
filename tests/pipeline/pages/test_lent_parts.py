"""What deals show on the pages of the frame and of customers."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from crm.services.activities import log_activity
from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity, move_opportunity


def test_a_customer_shows_the_deals_that_the_reader_may_see(as_user, company, customer, deal):
    page = as_user(company.owner).get(f"/customers/{customer.pk}/").content.decode()
    assert "Filling line" in page
    deal.owner = company.stranger
    deal.save()
    page = as_user(company.owner).get(f"/customers/{customer.pk}/").content.decode()
    assert "Filling line" not in page


def test_search_finds_visible_deals(as_user, company, deal):
    found = as_user(company.owner).get("/search/?q=filling").content.decode()
    assert "Filling line" in found
    hidden = as_user(company.stranger).get("/search/?q=filling").content.decode()
    assert "Filling line" not in hidden


def test_today_names_the_deals_that_stand_still(as_user, company, deal, stages):
    stages["Qualified"].rotting_days = 10
    stages["Qualified"].save()
    client = as_user(company.owner)
    assert "too long" not in client.get("/").content.decode()
    clock.pin(clock.now() + timedelta(days=11))
    assert "1 deal stands still too long" in client.get("/").content.decode()


def test_today_counts_the_wins_of_the_month(as_user, company, deal, stages):
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    page = as_user(company.owner).get("/").content.decode()
    assert "1 deal won" in page
    assert "¥380" in page


def test_today_names_the_deals_about_which_nothing_is_planned(as_user, company, deal, today):
    client = as_user(company.owner)
    page = client.get("/").content.decode()
    assert "1 deal without a next step" in page
    assert f"/activities/new/?deal={deal.pk}&amp;kind=call&amp;plan" in page
    due = today + timedelta(days=2)
    log_activity(
        deal.customer, by=company.owner, kind="call", subject="R", due_at=due, opportunity=deal
    )
    assert "without a next step" not in client.get("/").content.decode()


def test_today_costs_the_same_however_many_deals_have_no_step(
    as_user, company, pipeline, today, django_assert_num_queries
):
    def add(count):
        for n in range(count):
            customer = create_customer(by=company.owner, name=f"C{n}", owner=company.owner)
            create_opportunity(pipeline=pipeline, by=company.owner, name=f"D{n}", customer=customer)

    client = as_user(company.owner)
    add(10)
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    add(10)
    with django_assert_num_queries(len(few)):
        assert "20 deals without a next step" in client.get("/").content.decode()
