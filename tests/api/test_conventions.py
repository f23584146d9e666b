"""What holds for every noun: tags, preconditions, repetition, strictness, problems."""

import json

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from accounts.api.throttling import ApiKeyRateThrottle
from accounts.models import ApiKey
from core.models import IdempotencyKey
from crm.models import Customer

URL = "/api/v1/customers/"


def test_a_copy_that_still_holds_is_not_sent_again(api, customer):
    seen = api.owner.get(f"{URL}{customer.pk}/")
    again = api.owner.get(f"{URL}{customer.pk}/", headers={"If-None-Match": seen["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == seen["ETag"]
    Customer.objects.filter(pk=customer.pk).update(name="Other")
    fresh = api.owner.get(f"{URL}{customer.pk}/", headers={"If-None-Match": seen["ETag"]})
    assert fresh.status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_changes_need_the_tag_of_what_was_seen(api, customer, problem, method):
    send = getattr(api.owner, method)
    address = f"{URL}{customer.pk}/"
    problem(send(address, {"name": "New"}), 428, "if-match-required")
    stale = send(address, {"name": "New"}, headers={"If-Match": '"99"'})
    problem(stale, 412, "stale-version")
    customer.refresh_from_db()
    assert (customer.name, customer.archived_at) == ("Acme", None)
    seen = api.owner.get(address)["ETag"]
    assert send(address, {"name": "New"}, headers={"If-Match": seen}).status_code < 300


def test_of_two_edits_from_the_same_state_the_second_is_refused(api, customer, problem):
    address, tag = f"{URL}{customer.pk}/", api.owner.get(f"{URL}{customer.pk}/")["ETag"]
    first = api.owner.patch(address, {"phone": "1"}, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first["ETag"] != tag
    problem(api.teammate.patch(address, {"phone": "2"}, headers={"If-Match": tag}), 412)
    customer.refresh_from_db()
    assert customer.phone == "1"


def test_a_move_checks_the_tag_only_where_it_is_sent(api, deal, problem):
    move = f"/api/v1/opportunities/{deal.pk}/move/"
    problem(api.owner.post(move, {"stage": "Proposal"}, headers={"If-Match": '"99"'}), 412)
    assert api.owner.post(move, {"stage": "Proposal"}).status_code == 200


def test_a_repeated_post_is_answered_and_not_done_again(api):
    headers = {"Idempotency-Key": "abc"}
    first = api.owner.post(URL, {"name": "Once"}, headers=headers)
    again = api.owner.post(URL, {"name": "Once"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["ETag"] == first["ETag"]
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Customer.objects.filter(name="Once").count() == 1


def test_what_was_made_says_where_it_is_also_when_repeated(api, pipeline):
    for noun, body in (
        ("customers", {"name": "Once"}),
        ("customers/upsert", {"name": "Up", "external_id": "U"}),
        ("estimates", {"pipeline": pipeline.pk}),
    ):
        headers = {"Idempotency-Key": noun}
        first, again = (api.owner.post(f"/api/v1/{noun}/", body, headers=headers) for _ in range(2))
        assert api.owner.get(first["Location"]).json()["id"] == first.json()["id"]
        assert again["Location"] == first["Location"]


def test_a_key_used_for_another_request_is_refused(api, problem):
    headers = {"Idempotency-Key": "abc"}
    api.owner.post(URL, {"name": "Once"}, headers=headers)
    other = api.owner.post(URL, {"name": "Twice"}, headers=headers)
    problem(other, 422, "idempotency-key-reused")
    assert api.teammate.post(URL, {"name": "Twice"}, headers=headers).status_code == 201


def test_a_refused_post_may_be_repeated_with_a_better_body(api, problem):
    headers = {"Idempotency-Key": "abc"}
    problem(api.owner.post(URL, {"name": ""}, headers=headers), 400, "validation")
    assert not IdempotencyKey.objects.exists()
    assert api.owner.post(URL, {"name": "Good"}, headers=headers).status_code == 201


def test_a_request_still_under_way_is_told_apart(api, company, problem):
    from core.services.once import fingerprint

    body = json.dumps({"name": "Once"}).encode()
    asked = RequestFactory().post(URL, body, content_type="application/json")
    IdempotencyKey.objects.create(user=company.owner, key="k", fingerprint=fingerprint(asked))
    answer = api.owner.generic(
        "POST", URL, body, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    problem(answer, 409, "idempotency-key-in-progress")
    assert int(answer["Retry-After"]) >= 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_unusable_idempotency_key_is_refused(api, problem, key):
    problem(api.owner.post(URL, {"name": "N"}, headers={"Idempotency-Key": key}), 400)


def test_an_unknown_field_is_refused_and_not_passed_over(api, problem, pointers):
    answer = api.owner.post(URL, {"name": "N", "nmae": "typo", "version": 3})
    assert pointers(problem(answer, 400, "validation")) == {"#/nmae", "#/version"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "a\0b"}, "#/name"),
        ({"name": "\ud800"}, "#/name"),
        ({"name": "N", "employees": 10**40}, "#/employees"),
        ({"name": "N", "employees": -1}, "#/employees"),
        ({"name": "N", "annual_revenue": "1e400"}, "#/annual_revenue"),
        ({"name": "N", "annual_revenue": "NaN"}, "#/annual_revenue"),
        ({"name": "N", "created_at": "0001-01-01T00:00:00+14:00"}, "#/created_at"),
        ({"name": "N", "created_at": "9999-12-31T23:59:59-12:00"}, "#/created_at"),
        ({"name": "N", "source": 10**30}, "#/source"),
        ({"name": "N", "source": {}}, "#/source"),
        ({"name": "N" * 300}, "#/name"),
        ({"name": ["N"]}, "#/name"),
    ],
)
def test_values_that_no_column_can_hold_are_refused_beside_the_field(
    api, problem, pointers, body, pointer
):
    answer = api.owner.generic("POST", URL, json.dumps(body), content_type="application/json")
    assert pointers(problem(answer, 400, "validation")) == {pointer}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": NaN}', b"[]", b""])
def test_a_malformed_body_is_a_problem(api, problem, body):
    answer = api.owner.generic("POST", URL, body, content_type="application/json")
    problem(answer, 400)


def test_only_json_is_taken(api, problem):
    answer = api.owner.generic("POST", URL, b"a=1", content_type="text/plain")
    problem(answer, 415, "unsupported-media-type")


def test_a_body_that_is_too_large_is_refused_before_it_is_parsed(api, problem, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(api.owner.post(URL, {"name": "N" * 2000}), 413, "too-large")


@pytest.mark.parametrize(
    "address",
    ["customers", "customers/x/", "customers/-1/", f"customers/{10**30}/", "nothing/", ""],
)
def test_an_address_that_is_none_is_a_problem_and_no_page(api, problem, address):
    problem(api.owner.get(f"/api/v1/{address}"), 404, "not-found")


def test_a_method_that_is_none_is_a_problem(api, problem, customer):
    problem(api.owner.post(f"{URL}{customer.pk}/", {}), 405, "method-not-allowed")


def test_a_name_taken_already_is_refused_beside_the_field(api, problem, pointers):
    api.admin.post("/api/v1/sources/", {"name": "Fair"})
    answer = api.admin.post("/api/v1/sources/", {"name": "Fair"})
    assert pointers(problem(answer, 400, "validation")) == {"#/name"}


def test_an_external_id_moved_onto_another_record_is_a_conflict(api, customer, problem, pointers):
    other = api.owner.post(URL, {"name": "Other", "external_id": "B-2"})
    answer = api.owner.patch(
        f"{URL}{other.json()['id']}/", {"external_id": "A-1"}, headers={"If-Match": other["ETag"]}
    )
    assert answer.status_code in (400, 409)
    assert pointers(problem(answer, answer.status_code)) == {"#/external_id"}


def test_what_is_in_use_is_not_deleted(api, customer, problem):
    source = api.admin.post("/api/v1/sources/", {"name": "Fair"}).json()["id"]
    Customer.objects.filter(pk=customer.pk).update(source=source)
    problem(api.admin.delete(f"/api/v1/sources/{source}/"), 409, "in-use")


def test_too_many_requests_are_told_to_wait(api, problem, monkeypatch):
    monkeypatch.setattr(ApiKeyRateThrottle, "rate", "2/min", raising=False)
    # A shared cache may still count an earlier run, whose keys had the same numbers.
    cache.delete_many(
        [f"throttle_api_key_{pk}" for pk in ApiKey.objects.values_list("pk", flat=True)]
    )
    for _ in range(2):
        assert api.owner.get(URL).status_code == 200
    answer = api.owner.get(URL)
    problem(answer, 429, "throttled")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert api.teammate.get(URL).status_code == 200
