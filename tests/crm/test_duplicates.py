"""Whoever types a new customer is told of those it may already be."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.duplicates import possible_duplicates
from crm.services.customers import archive_customer, create_customer

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def known(company, ladder):
    return create_customer(
        by=company.owner,
        owner=company.owner,
        name="Hengda Foods Ltd",
        phone="+86 21 5555 1234",
        website="www.hengda.example",
    )


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": "ＨＥＮＧＤＡ foods"}, "name"),
        ({"name": "Other", "phone": "021-55551234"}, "phone"),
        ({"name": "Other", "website": "https://hengda.example/en"}, "website"),
        ({"name": "Hegnda Foods"}, "similar"),
        ({"name": "Shanghai Hengda Foods"}, "similar"),
    ],
)
def test_it_is_known_by_name_telephone_domain_and_likeness(company, known, typed, why):
    found = possible_duplicates(company.teammate, **typed)
    assert [(each.customer, each.why) for each in found.seen] == [(known, why)]
    assert not found.unseen


@pytest.mark.parametrize("typed", [{}, {"name": "H"}, {"name": "Lotus Tea"}, {"phone": "12"}])
def test_little_or_something_else_disturbs_nobody(company, known, typed):
    assert not possible_duplicates(company.owner, **typed)


def test_a_colleagues_customer_is_told_of_without_details(company, known, as_user):
    client = as_user(company.stranger)
    page = client.get("/customers/duplicates/?name=Hengda Foods", headers=HTMX).content.decode()
    assert "A customer of a colleague has this name." in page
    assert "Li" not in page.replace("<li", "")
    assert str(known.pk) not in page
    similar = client.get("/customers/duplicates/?name=Hegnda Foods", headers=HTMX).content.decode()
    assert similar.strip() == ""


def test_what_may_be_seen_is_shown_with_owner_and_stage(company, known, as_user):
    client = as_user(company.owner)
    page = client.get("/customers/duplicates/?name=hengda foods", headers=HTMX).content.decode()
    for shown in ("Hengda Foods Ltd", "Li", "Suspect", f"/customers/{known.pk}/", "Use this one"):
        assert shown in page
    address = "/customers/duplicates/?customer_name=hengda foods"
    in_deal = client.get(address, headers=HTMX).content.decode()
    assert f'data-customer="{known.pk}"' in in_deal


def test_an_archived_customer_is_none(company, known):
    archive_customer(known, by=company.owner)
    assert not possible_duplicates(company.owner, name="Hengda Foods")


def test_the_number_of_queries_is_fixed(company, known):
    def count():
        with CaptureQueriesContext(connection) as found:
            possible_duplicates(company.owner, name="Hengda Foods", phone="021-55551234")
        return len(found)

    few = count()
    for number in range(12):
        create_customer(by=company.owner, owner=company.owner, name=f"Hengda Foods {number}")
    assert count() == few <= 5


@pytest.mark.parametrize("typed", ["\x00", "x" * 300, "'", "%"])
def test_odd_input_is_no_error(company, known, as_user, typed):
    address = "/customers/duplicates/"
    assert as_user(company.owner).get(address, {"name": typed}, headers=HTMX).status_code == 200
