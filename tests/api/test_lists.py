"""Lists: cursors, ordering, filters, and a fixed number of queries."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from crm.models import Customer, Source
from pipeline.models import Opportunity


@pytest.fixture
def deals(company, pipeline, stages):
    """Thirteen deals with equal and missing amounts and closing dates."""
    at = timezone.now() - timedelta(days=9)
    amounts = [None, 5, 5, 5, 1, None, 2, 2, None, 9, 5, 1, 3]
    return [
        Opportunity.objects.create(
            name=f"D{i}",
            owner=company.owner,
            pipeline=pipeline,
            stage=stages["Qualified"],
            amount=amount,
            currency="CNY",
            created_at=at,
            stage_entered_at=None if i % 4 == 0 else at,
        )
        for i, amount in enumerate(amounts)
    ]


def walk(client, url, link="next"):
    """All pages from ``url`` on, as lists of ids, and the address of the last."""
    pages, last = [], None
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        last, page = url, answer.json()
        pages.append([row["id"] for row in page["results"]])
        url = page[link]
    return pages, last


@pytest.mark.parametrize("ordering", ["amount", "-amount", "-stage_entered_at,amount", "-id"])
def test_pages_show_every_row_once_in_both_directions(api, deals, ordering):
    url = f"/api/v1/opportunities/?page_size=3&ordering={ordering}"
    pages, last = walk(api.owner, url)
    assert [len(page) for page in pages] == [3, 3, 3, 3, 1]
    assert sorted(sum(pages, [])) == sorted(deal.pk for deal in deals)
    back, _ = walk(api.owner, last, "previous")
    assert back == pages[::-1]


def test_missing_values_come_last_whichever_way_the_list_is_ordered(api, deals):
    for ordering in ("amount", "-amount"):
        rows = api.owner.get(f"/api/v1/opportunities/?ordering={ordering}").json()["results"]
        assert [row["amount"] for row in rows][-3:] == [None] * 3


def test_a_row_that_goes_or_comes_shifts_no_other(api, deals):
    first = api.owner.get("/api/v1/opportunities/?page_size=4&ordering=id").json()
    Opportunity.objects.filter(pk=deals[0].pk).delete()
    second = api.owner.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == [deal.pk for deal in deals[4:8]]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("cursor=abc", "#/cursor"),
        ("cursor=%00", "#/cursor"),
        ("page_size=0", "#/page_size"),
        ("page_size=x", "#/page_size"),
        ("page_size=%C2%B2", "#/page_size"),
        ("ordering=owner__password", "#/ordering"),
        ("ordering=", "#/ordering"),
        ("colour=red", "#/colour"),
        ("owner=x", "#/owner"),
        (f"owner={10**30}", "#/owner"),
        ("amount_min=lots", "#/amount_min"),
        ("created_since=tomorrow", "#/created_since"),
        ("q=%00", "#/q"),
        ("status=perhaps", "#/status"),
    ],
)
def test_a_query_that_means_nothing_is_refused(api, deals, problem, pointers, query, pointer):
    answer = api.owner.get(f"/api/v1/opportunities/?{query}")
    assert pointers(problem(answer, 400, "validation")) == {pointer}


def test_a_cursor_serves_only_the_ordering_it_was_made_for(api, deals, problem):
    link = api.owner.get("/api/v1/opportunities/?page_size=2&ordering=amount").json()["next"]
    cursor = parse_qs(urlsplit(link).query)["cursor"][0]
    problem(api.owner.get(f"/api/v1/opportunities/?ordering=id&cursor={cursor}"), 400)


def test_a_page_has_at_most_two_hundred_rows(api, company):
    Customer.objects.bulk_create(
        Customer(name=f"C{i}", owner=company.owner, created_at=timezone.now()) for i in range(205)
    )
    assert len(api.owner.get("/api/v1/customers/?page_size=5000").json()["results"]) == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("amount_min=5", {"D1", "D2", "D3", "D9", "D10"}),
        ("amount_max=1", {"D4", "D11"}),
        ("q=d1&ordering=id", {"D1", "D10", "D11", "D12"}),
        ("status=won", set()),
    ],
)
def test_lists_are_filtered_by_field(api, deals, query, names):
    rows = api.owner.get(f"/api/v1/opportunities/?{query}").json()["results"]
    assert {row["name"] for row in rows} == names


@pytest.mark.parametrize(
    ("noun", "queries"),
    [
        ("customers", 3),
        ("contacts", 2),
        ("activities", 2),
        ("purchases", 2),
        ("campaigns", 6),
        ("opportunities", 4),
        ("stage-changes", 2),
        ("lifecycle-changes", 2),
        ("pipelines", 3),
        ("users", 2),
    ],
)
def test_a_list_costs_the_same_number_of_queries_whatever_its_size(
    api, company, deal, deals, noun, queries, django_assert_num_queries
):
    from crm.services.activities import log_activity
    from crm.services.campaigns import plan_campaign
    from crm.services.contacts import create_contact
    from crm.services.purchases import record_purchase

    web = Source.objects.create(name="Web")
    for name in ("Ann", "Bo", "Cy"):
        create_contact(deal.customer, by=company.owner, name=name)
        log_activity(deal.customer, by=company.owner, kind="note", subject=name)
        record_purchase(deal.customer, by=company.owner, currency="CNY")
        plan_campaign(by=None, name=name, source=web, starts_on="2026-01-01", currency="CNY")
        Customer.objects.create(name=name, owner=company.owner, created_at=timezone.now())
    api.admin.get("/api/v1/sources/")
    with django_assert_num_queries(queries):
        assert len(api.admin.get(f"/api/v1/{noun}/").json()["results"]) >= 1
