"""A half of a surrogate pair: JSON lets it pass, no database takes it."""

import json

import pytest

from crm.models import Activity, Customer

pytestmark = pytest.mark.django_db
HALF = "\ud800"


def post(client, path, body, method="POST"):
    client.raise_request_exception = False
    answer = client.generic(
        method, f"/api/v1/{path}", json.dumps(body), content_type="application/json"
    )
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/validation"
    return [error["pointer"] for error in answer.json()["errors"]]


def test_no_field_takes_broken_text(api, customer):
    body = {"customer": customer.pk, "kind": HALF, "subject": "Ring", "reminder": HALF}
    assert post(api.owner, "activities/", body) == ["#/kind", "#/reminder"]
    assert not Activity.objects.exists()


def test_nothing_is_found_or_made_by_a_broken_external_id(api, customer):
    body = {"external_id": f"A-1{HALF}", "name": "Acme"}
    assert post(api.owner, "customers/upsert/", body) == ["#/external_id"]
    assert post(api.owner, "opportunities/upsert/", {"external_id": HALF}) == ["#/external_id"]
    assert Customer.objects.count() == 1


def test_broken_text_is_found_at_any_depth(api):
    body = [{"opportunity": "D-1", "stage": "Won"}, {"opportunity": "D-2", "stage": HALF}]
    assert post(api.manager, "stage-changes/bulk/", body) == ["#/1/stage"]
    assert post(api.manager, "stage-changes/bulk/", [{HALF: 1}]) == ["#/0"]


def test_whole_pairs_are_text(api, customer):
    body = {"customer": customer.pk, "kind": "call", "subject": "\U0001f600 你好"}
    answer = api.owner.post("/api/v1/activities/", body)
    assert answer.status_code == 201
    assert answer.json()["subject"] == "\U0001f600 你好"
