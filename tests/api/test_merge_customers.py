"""Merging customers over the API, and what becomes of the merged one's address and ids."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Customer, CustomerMerge
from crm.services.customers import create_customer, update_customer
from crm.services.lifecycle import move_customer

URL = "/api/v1/customers/"


@pytest.fixture
def twin(company):
    return create_customer(by=company.owner, owner=company.owner, name="Acme Ltd", region="South")


def merge(api, customer, twin, **body):
    return api.owner.post(f"{URL}{customer.pk}/merge/", {"other": twin.pk, **body})


def test_a_merge_answers_with_what_went_over_and_its_address(api, customer, twin):
    answer = merge(api, customer, twin, fields={"name": "other"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["survivor"], told["merged"], told["merged_name"]) == (
        customer.pk,
        twin.pk,
        "Acme Ltd",
    )
    assert api.owner.get(answer["Location"]).json() == told
    assert [row["id"] for row in api.owner.get("/api/v1/customer-merges/").json()["results"]] == [
        told["id"]
    ]
    found = api.owner.get(f"{URL}{customer.pk}/").json()
    assert (found["name"], found["region"]) == ("Acme Ltd", "South")


def test_the_address_of_the_merged_one_is_gone_and_says_who_it_is(api, customer, twin, problem):
    merge(api, customer, twin)
    for answer in (
        api.owner.get(f"{URL}{twin.pk}/"),
        api.owner.post(f"{URL}{twin.pk}/move/", {"stage": "Prospect"}),
        api.owner.patch(f"{URL}{twin.pk}/", {"name": "X"}, headers={"If-Match": "*"}),
    ):
        told = problem(answer, 410)
        assert (told["type"], told["survivor"]) == ("/problems/merged", customer.pk)
    problem(api.stranger.get(f"{URL}{twin.pk}/"), 404)
    listed = api.owner.get(f"{URL}?archived=true").json()["results"]
    assert twin.pk not in [row["id"] for row in listed]


def test_a_repeated_merge_is_one(api, customer, twin):
    body, headers = {"other": twin.pk}, {"Idempotency-Key": "once"}
    first, again = (
        api.owner.post(f"{URL}{customer.pk}/merge/", body, headers=headers) for _ in range(2)
    )
    assert (first.status_code, again.json()) == (201, first.json())
    assert CustomerMerge.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/other"),
        ({"other": 0}, "#/other"),
        ({"other": "self"}, "#/other"),
        ({"other": "twin", "fields": {"name": "both"}}, "#/fields/name"),
        ({"other": "twin", "fields": {"nme": "this"}}, "#/fields/nme"),
        ({"other": "twin", "fields": ["name"]}, "#/fields"),
    ],
)
def test_bad_bodies_are_problems_beside_their_field(
    api, customer, twin, problem, pointers, body, pointer
):
    named = {"self": customer.pk, "twin": twin.pk}
    body = body | {"other": named.get(body["other"], body["other"])} if "other" in body else body
    answer = api.owner.post(f"{URL}{customer.pk}/merge/", body)
    assert pointers(problem(answer, 400)) == {pointer}


def test_a_customer_that_changed_since_it_was_seen_is_not_merged(
    api, customer, twin, company, problem
):
    seen = api.owner.get(f"{URL}{customer.pk}/")["ETag"]
    update_customer(customer, by=company.owner, region="North")
    answer = api.owner.post(
        f"{URL}{customer.pk}/merge/", {"other": twin.pk}, headers={"If-Match": seen}
    )
    problem(answer, 412)


def test_an_undo_parts_them_and_is_refused_with_reasons(
    api, customer, twin, company, ladder, problem
):
    pk = merge(api, customer, twin).json()["id"]
    undo = f"/api/v1/customer-merges/{pk}/undo/"
    customer = Customer.objects.get(pk=customer.pk)
    move = move_customer(customer, to=ladder.stages.get(name="Customer"), by=company.owner)
    told = problem(api.owner.post(undo), 400)
    assert "moved on its ladder" in told["errors"][0]["detail"]
    move.voided_by_id = move.pk
    move.save(update_fields=["voided_by"])
    assert api.owner.post(undo).json()["undone_by"] == company.owner.pk
    assert api.owner.get(f"{URL}{twin.pk}/").status_code == 200
    assert "already" in problem(api.owner.post(undo), 400)["errors"][0]["detail"]


def test_a_day_later_it_stays(api, customer, twin, problem):
    pk = merge(api, customer, twin).json()["id"]
    CustomerMerge.objects.update(merged_at=timezone.now() - timedelta(hours=24))
    problem(api.owner.post(f"/api/v1/customer-merges/{pk}/undo/"), 400)


def test_the_external_id_of_the_merged_one_is_the_survivors(api, customer, twin, company):
    update_customer(customer, by=None, external_id="A1")
    update_customer(twin, by=None, external_id="B2")
    merge(api, customer, twin)
    answer = api.owner.post(f"{URL}upsert/", {"external_id": "B2", "region": "East"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["external_id"], told["region"]) == (customer.pk, "A1", "East")
    found = api.owner.get(f"{URL}?external_id=B2").json()["results"]
    assert [row["id"] for row in found] == [customer.pk]
