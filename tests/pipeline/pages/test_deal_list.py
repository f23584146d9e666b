from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipeline.services.opportunities import create_opportunity, move_opportunity

LIST = "/deals/list/"


def names(page):
    return [part.split("<")[0] for part in page.split('/">')[1:] if part.startswith("Deal")]


@pytest.fixture
def three(company, pipeline, customer):
    return [
        create_opportunity(
            pipeline=pipeline, by=company.owner, customer=customer, name=f"Deal {i}", amount=amount
        )
        for i, amount in enumerate([Decimal(30), Decimal(10), None])
    ]


def test_headings_sort_both_ways_with_unknown_amounts_last(as_user, company, three):
    client = as_user(company.owner)
    rising = names(client.get(f"{LIST}?sort=amount").content.decode())
    falling = names(client.get(f"{LIST}?sort=-amount").content.decode())
    assert rising == ["Deal 1", "Deal 0", "Deal 2"]
    assert falling == ["Deal 0", "Deal 1", "Deal 2"]


def test_open_deals_are_listed_unless_a_status_is_asked_for(as_user, company, three, stages):
    move_opportunity(three[0], to=stages["Won"], by=company.owner)
    client = as_user(company.owner)
    assert "Deal 0" not in client.get(LIST).content.decode()
    assert "Deal 0" in client.get(f"{LIST}?status=won").content.decode()
    assert len(names(client.get(f"{LIST}?status=all").content.decode())) == 3
    assert names(client.get(f"{LIST}?stage={stages['Won'].pk}").content.decode()) == ["Deal 0"]


def test_strangers_see_none_of_it(as_user, company, three):
    assert "Deal 1" not in as_user(company.stranger).get(LIST).content.decode()


@pytest.mark.parametrize("query", ["page=x", "page=99", "sort=password", "status=x", "stage=x"])
def test_senseless_addresses_do_no_harm(as_user, company, three, query):
    assert as_user(company.owner).get(f"{LIST}?{query}").status_code == 200


def test_the_number_of_queries_does_not_grow(as_user, company, pipeline, customer, three):
    client = as_user(company.manager)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for i in range(20):
        create_opportunity(pipeline=pipeline, by=company.owner, customer=customer, name=f"More {i}")
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few) <= 20
