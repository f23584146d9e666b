"""Filters that an address names and its reader cannot choose hold all the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Product, Source
from pipeline.services.opportunities import create_opportunity
from tests.api.conftest import client_of

pytestmark = pytest.mark.django_db
PAGES = ("/deals/", "/deals/list/")


@pytest.fixture
def fair(db):
    return Source.objects.create(name="Fair")


@pytest.fixture
def press(db):
    return Product.objects.create(name="Press", currency="CNY")


@pytest.fixture
def deals(company, pipeline, customer, fair, press):
    """The one of the fair, which is about a press, and two others."""
    for name, fields in (
        ("Deal of the fair", {"source": fair, "product": press}),
        ("Deal 1", {}),
        ("Deal 2", {"source": Source.objects.create(name="Web")}),
    ):
        create_opportunity(
            pipeline=pipeline, by=company.owner, customer=customer, name=name, **fields
        )


def shown(client, query):
    """How many deals the board and the list show, and both pages."""
    pages = [client.get(f"{address}?{query}").content.decode() for address in PAGES]
    counts = {pages[0].count('class="deal-card"'), pages[1].count("<tr data-href")}
    return counts, pages


def of_api(person, query):
    return len(client_of(person).get(f"/api/v1/opportunities/?{query}").json()["results"])


@pytest.mark.parametrize("name", ["source", "product"])
def test_what_went_out_of_use_still_filters_and_is_called_so(
    as_user, company, deals, fair, press, name
):
    row = {"source": fair, "product": press}[name]
    type(row).objects.filter(pk=row.pk).update(is_active=False)
    query = f"{name}={row.pk}"
    counts, pages = shown(as_user(company.owner), query)
    assert counts == {1} == {of_api(company.owner, query)}
    for page in pages:
        assert f'<option value="{row.pk}" selected>{row.name} (out of use)</option>' in page
    _counts, pages = shown(as_user(company.owner), "")
    assert not any("out of use" in page for page in pages)


def test_a_team_or_owner_one_does_not_see_has_no_deals_and_no_name(as_user, company, deals):
    asked = {
        "team": (company.team.pk, company.team.name),
        "owner": (company.stranger.pk, company.stranger.name),
    }
    for name, (pk, called) in asked.items():
        query = f"{name}={pk}"
        counts, pages = shown(as_user(company.owner), query)
        assert counts == {0} == {of_api(company.owner, query)}
        for page in pages:
            assert "No deal matches these filters" in page
            assert f'<option value="{pk}" selected>Not visible to you</option>' in page
            assert f">{called}</option>" not in page


def test_what_is_gone_has_no_deals(as_user, company, deals):
    for query in ("source=4711", "product=4711", "owner=4711", "team=0"):
        counts, pages = shown(as_user(company.admin), query)
        assert counts == {0} == {of_api(company.admin, query)}, query
        assert all("No deal matches these filters" in page for page in pages)


def test_what_is_offered_costs_no_more_than_before(as_user, company, deals, fair):
    """One query finds what is chosen, one more the name of what is not offered."""
    client = as_user(company.owner)

    def cost(address, query):
        client.get(f"{address}?{query}")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{address}?{query}")
        return len(asked)

    for address in PAGES:
        plain, chosen = cost(address, "q=Deal"), cost(address, f"q=Deal&source={fair.pk}")
        assert chosen == plain + 1
        Source.objects.filter(pk=fair.pk).update(is_active=False)
        assert cost(address, f"q=Deal&source={fair.pk}") == plain + 2
        assert cost(address, "q=Deal") == plain
        Source.objects.filter(pk=fair.pk).update(is_active=True)
