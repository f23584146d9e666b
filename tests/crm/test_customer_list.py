from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from crm.models import Customer, Source
from crm.services.activities import log_activity
from crm.services.customers import archive_customer, create_customer
from crm.services.lifecycle import move_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(company, ladder):
    """Three customers that differ in everything the list filters by."""
    fairs, web = Source.objects.create(name="Fairs"), Source.objects.create(name="Web")
    rows = [
        ("Anhe Tea", company.owner, fairs, "North"),
        ("Baoyu Brewery", company.teammate, web, "North"),
        ("Changtong Pharma", company.owner, web, "East"),
    ]
    made = [
        create_customer(by=company.admin, name=name, owner=owner, source=source, region=region)
        for name, owner, source, region in rows
    ]
    move_customer(made[2], to=ladder.stages.get(name="Prospect"), by=company.admin)
    return made


def names(response):
    return [customer.name for customer in response.context["page"]]


def test_filters_stand_in_the_address(company, books, ladder, as_user):
    client = as_user(company.manager)
    prospect = ladder.stages.get(name="Prospect")
    asked = {
        "q=brew": ["Baoyu Brewery"],
        f"owner={company.owner.pk}": ["Anhe Tea", "Changtong Pharma"],
        f"source={books[0].source_id}": ["Anhe Tea"],
        f"stage={prospect.pk}": ["Changtong Pharma"],
        "region=North": ["Anhe Tea", "Baoyu Brewery"],
        f"region=North&owner={company.teammate.pk}": ["Baoyu Brewery"],
    }
    for query, expected in asked.items():
        assert names(client.get(f"/customers/?{query}")) == expected, query


def test_the_list_sorts_both_ways_with_the_unplanned_last(company, books, as_user):
    for days, customer in ((5, books[0]), (2, books[2])):
        due = clock.now() + timedelta(days=days)
        log_activity(customer, by=company.owner, kind="task", subject="Call", due_at=due)
    client = as_user(company.manager)
    assert names(client.get("/customers/?sort=-name"))[0] == "Changtong Pharma"
    assert names(client.get("/customers/?sort=due")) == [
        "Changtong Pharma",
        "Anhe Tea",
        "Baoyu Brewery",
    ]
    assert names(client.get("/customers/?sort=-stage"))[0] == "Changtong Pharma"


def test_an_archived_customer_is_found_among_the_archived(company, books, as_user):
    archive_customer(books[0], by=company.admin)
    client = as_user(company.manager)
    assert "Anhe Tea" not in names(client.get("/customers/"))
    assert names(client.get("/customers/?archived=on")) == ["Anhe Tea"]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 500,
        "owner=nobody",
        "owner=99999999999999999999999",
        "stage=-1",
        "source=%00",
        "region=Atlantis",
        "sort=password",
        "page=0",
        "page=999999999999",
        "page=x",
    ],
)
def test_an_address_that_means_nothing_still_shows_a_list(company, books, as_user, query):
    assert as_user(company.manager).get(f"/customers/?{query}").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_list(
    company, books, as_user, django_assert_num_queries
):
    client = as_user(company.manager)
    client.get("/customers/")
    with CaptureQueriesContext(connection) as few:
        client.get("/customers/")
    Customer.objects.bulk_create(
        Customer(name=f"Filler {n}", owner=company.owner, created_at=clock.now()) for n in range(60)
    )
    with django_assert_num_queries(len(few)):
        response = client.get("/customers/")
    assert len(response.context["page"]) == 50
    assert "63 customers" in response.content.decode()
    assert len(client.get("/customers/?page=2").context["page"]) == 13


def test_htmx_gets_the_list_alone(company, books, as_user):
    response = as_user(company.manager).get("/customers/", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response.headers["Vary"]


def test_search_names_those_first_that_begin_with_the_text(company, ladder, as_user):
    for name in ("Changzhou Tea", "Hangzhou Foods"):
        create_customer(by=company.owner, name=name, owner=company.owner)
    for address in ("/search/?q=hang", "/customers/options/?q=hang"):
        page = as_user(company.owner).get(address).content.decode()
        assert page.index("Hangzhou") < page.index("Changzhou")
    assert "Nothing found" in as_user(company.owner).get("/search/?q=%25").content.decode()
    assert as_user(company.owner).get("/search/?q=%00").status_code == 200


def test_a_region_that_ships_with_the_product_is_said_in_the_readers_language(
    company, ladder, as_user
):
    create_customer(by=company.admin, name="Lotus", owner=company.owner, region="East China")
    company.owner.language = "zh-hans"
    company.owner.save()
    page = as_user(company.owner).get("/customers/").content.decode()
    assert page.count("华东") == 2
    assert 'value="East China"' in page
    assert ">East China<" not in page


def test_an_owner_one_does_not_see_has_no_customers_and_no_name(company, books, as_user):
    Customer.objects.filter(pk=books[0].pk).update(owner=company.stranger)
    for query in (f"owner={company.stranger.pk}", "owner=4711"):
        answer = as_user(company.owner).get(f"/customers/?{query}")
        page = answer.content.decode()
        assert names(answer) == []
        assert "No customer matches" in page
        assert f'<option value="{query[6:]}" selected>Not visible to you</option>' in page
        assert f">{company.stranger}</option>" not in page


def test_a_colleague_without_customers_has_none(company, books, as_user):
    answer = as_user(company.owner).get(f"/customers/?owner={company.manager.pk}")
    assert names(answer) == []
    seen = as_user(company.manager).get(f"/customers/?owner={company.manager.pk}")
    assert names(seen) == []
    option = f'<option value="{company.manager.pk}" selected>{company.manager}</option>'
    assert option in seen.content.decode()


def test_what_is_gone_or_nowhere_has_no_customers(company, books, as_user):
    client = as_user(company.manager)
    for query in ("source=4711", "stage=4711"):
        answer = client.get(f"/customers/?{query}")
        assert names(answer) == [], query
        assert "No longer there" in answer.content.decode()
    nowhere = client.get("/customers/?region=Atlantis")
    assert names(nowhere) == []
    assert '<option value="Atlantis" selected>Atlantis</option>' in nowhere.content.decode()
    assert len(names(client.get("/customers/?owner=x&region=&source="))) == 3
