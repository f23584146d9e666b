"""What deals show on the pages of the frame and of customers."""

from datetime import timedelta

from core import clock
from pipeline.services.opportunities import move_opportunity


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
    assert "Filling line" not in client.get("/").content.decode()
    clock.pin(clock.now() + timedelta(days=11))
    assert "Filling line" in client.get("/").content.decode()


def test_today_counts_the_wins_of_the_month(as_user, company, deal, stages):
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    page = as_user(company.owner).get("/").content.decode()
    assert "1 deal won" in page
    assert "¥380" in page
