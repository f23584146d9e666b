"""Filters that are true or false take these words alone."""

import pytest
from django.urls import resolve

from core.api.filters import BooleanFilter
from crm.services.customers import archive_customer, create_customer
from crm.services.leads import create_lead
from tests.api.endpoints import TABLE

pytestmark = pytest.mark.django_db


def boolean_filters():
    """(address, name) of each in the lists of the API."""
    lists = {url for method, url, _body, _e in TABLE if method == "GET" and "{" not in url}
    for url in sorted(lists):
        view = resolve(f"/api/v1/{url}").func
        is_list = getattr(view, "actions", {}).get("get") == "list"
        filters = getattr(view.cls, "filterset_class", None) if is_list else None
        for name, each in getattr(filters, "base_filters", {}).items():
            if isinstance(each, BooleanFilter):
                yield f"/api/v1/{url}", name


@pytest.fixture
def filters(deal):
    found = [*boolean_filters(), (f"/api/v1/pipelines/{deal.pipeline_id}/board/", "rotting")]
    assert len(found) > 8
    return found


@pytest.mark.parametrize("text", ["yes", "2", "3", "banana", "on", "01"])
def test_what_is_neither_true_nor_false_is_refused(api, filters, text, problem, pointers):
    for address, name in filters:
        document = problem(api.admin.get(address, {name: text}), 400)
        assert pointers(document) == {f"#/{name}"}, address


def test_true_and_one_are_the_same_and_so_are_false_and_zero(api, filters):
    def results(address, name, text):
        answer = api.admin.get(address, {name: text})
        assert answer.status_code == 200, (address, name, text)
        data = answer.json()
        return data.get("results", [column["cards"] for column in data.get("columns", ())])

    for address, name in filters:
        for text, same in (("true", "1"), ("false", "0"), ("true", "True")):
            assert results(address, name, text) == results(address, name, same), (address, name)


def test_one_asks_for_archived_customers_and_for_leads_of_nobody(api, company, customer):
    gone = create_customer(by=company.owner, owner=company.owner, name="Gone")
    archive_customer(gone, by=company.owner)
    listed = api.owner.get("/api/v1/customers/?archived=1").json()["results"]
    assert [row["id"] for row in listed] == [gone.pk]
    free = create_lead(by=None, name="Free")
    create_lead(by=None, name="Hers", owner=company.owner)
    listed = api.owner.get("/api/v1/leads/?unassigned=1").json()["results"]
    assert [row["id"] for row in listed] == [free.pk]
