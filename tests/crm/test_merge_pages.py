"""Merging customers on the pages: who may, what is shown, what is said, and undo."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from crm.merge_reads import likely_pairs
from crm.models import Customer, CustomerMerge
from crm.services.contacts import create_contact
from crm.services.customers import archive_customer, create_customer, update_customer
from crm.services.merges import merge_customers


@pytest.fixture
def double(company, hengda):
    update_customer(hengda, by=None, region="North")
    return create_customer(
        by=company.owner, name="Hengda Foods Ltd", owner=company.owner, region="South"
    )


def merge_url(customer, other=None):
    url = reverse("crm:merge_customer", args=[customer.pk])
    return f"{url}?other={other.pk}" if other else url


def form(customer, other, **fields):
    versions = {"version": customer.version, "other_version": other.version}
    return {"other": other.pk, **versions, **fields}


def messages(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def test_the_likely_same_stand_first_and_the_two_side_by_side(as_user, company, hengda, double):
    create_contact(double, by=None, name="Zhang")
    client = as_user(company.owner)
    page = client.get(merge_url(hengda)).content.decode()
    assert f"?other={double.pk}" in page
    page = client.get(merge_url(hengda, double)).content.decode()
    assert "North" in page
    assert "South" in page
    assert "<strong>1</strong> contact<" in page


def test_a_merge_says_what_it_did_and_its_undo_brings_all_back(as_user, company, hengda, double):
    client = as_user(company.owner)
    answer = client.post(
        merge_url(hengda), form(hengda, double, region="other", name="this"), follow=True
    )
    assert "Hengda Foods Ltd is Hengda Foods now." in messages(answer)
    assert "can be undone until" in answer.content.decode()
    hengda.refresh_from_db()
    assert hengda.region == "South"
    gone = client.get(reverse("crm:customer", args=[double.pk]))
    assert gone.url == reverse("crm:customer", args=[hengda.pk])
    undo = reverse("crm:undo_merge", args=[CustomerMerge.objects.get().pk])
    client.post(undo)
    hengda.refresh_from_db()
    assert hengda.region == "North"
    assert client.get(reverse("crm:customer", args=[double.pk])).status_code == 200
    refused = client.post(undo, follow=True, headers={"Referer": "/customers/"})
    assert "This merge was undone already." in messages(refused)


def test_two_that_changed_since_they_were_compared_are_shown_again(
    as_user, company, hengda, double
):
    stale = form(hengda, double)
    update_customer(double, by=None, phone="021 5555")
    answer = as_user(company.owner).post(merge_url(hengda), stale)
    assert answer.url == merge_url(hengda, double)
    assert not CustomerMerge.objects.exists()


@pytest.mark.parametrize("other", ["", "x", "0", "self", "99999999999999999999"])
def test_an_other_one_that_is_none_is_asked_for_again(as_user, company, hengda, other):
    client, other = as_user(company.owner), hengda.pk if other == "self" else other
    for answer in (
        client.get(reverse("crm:merge_customer", args=[hengda.pk]), {"other": other}),
        client.post(reverse("crm:merge_customer", args=[hengda.pk]), {"other": other}),
    ):
        assert answer.status_code == 200
    assert not CustomerMerge.objects.exists()


def test_who_may_merge(as_user, company, hengda, double):
    url, body = merge_url(hengda), form(hengda, double)
    assert as_user(company.stranger).post(url, body).status_code == 404
    assert as_user(company.teammate).post(url, body).status_code == 403
    own = create_customer(by=company.teammate, name="Own", owner=company.teammate)
    page = as_user(company.teammate).post(merge_url(own), form(own, double))
    assert "Ask a manager" in page.content.decode()
    assert not CustomerMerge.objects.exists()
    assert as_user(company.manager).post(url, body).status_code == 302
    undo = reverse("crm:undo_merge", args=[CustomerMerge.objects.get().pk])
    assert as_user(company.stranger).post(undo).status_code == 404
    assert as_user(company.teammate).post(undo).status_code == 403
    gone = reverse("crm:customer", args=[double.pk])
    assert as_user(company.stranger).get(gone).status_code == 404


def test_the_list_of_duplicates_names_each_pair_once_and_what_was_merged(
    as_user, company, hengda, double
):
    create_customer(by=None, name="Quarry", owner=company.owner, phone="021 5555 1234")
    create_customer(by=None, name="Steinbruch", owner=company.owner, phone="+86 21 55551234")
    create_customer(by=None, name="Hengdaa Foods", owner=company.owner)
    create_customer(by=None, name="Hengda Foods", owner=company.stranger)
    archive_customer(create_customer(by=None, name="Hengda Foods", owner=company.owner), by=None)
    found = {(p.one.name, p.other.name): p.why for p in likely_pairs(company.owner)}
    assert found == {
        ("Hengda Foods", "Hengda Foods Ltd"): "name",
        ("Quarry", "Steinbruch"): "phone",
        ("Hengda Foods Ltd", "Hengdaa Foods"): "similar",
    }
    page = as_user(company.owner).get(reverse("crm:merges")).content.decode()
    assert merge_url(hengda, double) in page
    merge_customers(hengda, double, by=company.owner)
    page = as_user(company.owner).get(reverse("crm:merges")).content.decode()
    assert "Hengda Foods Ltd → " in page


def queries_of(client, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_and_the_comparison_cost_the_same_however_many_there_are(
    as_user, company, hengda, double
):
    client = as_user(company.owner)
    create_customer(by=None, name="Hengdaa Foods", owner=company.owner)
    urls = [reverse("crm:merges"), merge_url(hengda, double)]
    before = [queries_of(client, url) for url in urls]
    for number in range(5):
        for _twice in range(2):
            create_customer(by=None, name=f"Press {number} Works", owner=company.owner)
        create_contact(double, by=None, name=f"Person {number}")
    one, other, *_rest = Customer.objects.filter(name__startswith="Press").order_by("pk")
    merge_customers(one, other, by=company.owner)
    assert [queries_of(client, url) for url in urls] == before


def test_who_edits_a_customer_that_is_here_twice_is_told(as_user, company, hengda, double):
    client = as_user(company.owner)
    url = reverse("crm:duplicates")
    page = client.get(url, {"name": hengda.name, "of": hengda.pk}).content.decode()
    assert merge_url(hengda, double) in page
    assert f'href="/customers/{hengda.pk}/"' not in page
    assert client.get(url, {"name": "Hengda Foods", "of": "x"}).status_code == 200


def test_after_a_day_no_undo_is_offered(as_user, company, hengda, double, company_day):
    clock.pin(company_day("2030-01-01"))
    merge_customers(hengda, double, by=company.owner)
    clock.pin(company_day("2030-01-02"))
    client = as_user(company.owner)
    for url in (reverse("crm:merges"), reverse("crm:customer", args=[hengda.pk])):
        assert "undo/" not in client.get(url).content.decode()
