"""Who may do what over the API, allowed and denied, for every endpoint."""

import re

import pytest
from django.db import transaction
from django.urls import get_resolver
from rest_framework.test import APIClient

from accounts.models import ApiKey
from tests.api.endpoints import PERSONAS, TABLE, filled


@pytest.mark.parametrize(
    ("method", "url", "body", "expected"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
def test_who_may_do_what(api, ids, method, url, body, expected):
    address = "/api/v1/" + url.format(**ids)
    headers = {"If-Match": "*"} if method in ("PUT", "PATCH", "DELETE") else {}
    got = {}
    for persona in PERSONAS:
        client = getattr(api, persona)
        with transaction.atomic():
            send = getattr(client, method.lower())
            data = {} if method == "GET" else {"data": filled(body, ids)}
            if isinstance(body, dict) and "file" in body:
                data["format"] = "multipart"
            answer = send(address, headers=headers, **data)
            got[persona] = answer.status_code
            transaction.set_rollback(True)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
    assert got == expected


def test_the_table_knows_every_endpoint():
    """A new address without a row here would be one whose permissions nobody has checked."""
    listed = {(method, _without_ids(url)) for method, url, _body, _expected in TABLE}
    assert _endpoints() - listed == set()


def _endpoints():
    found = set()
    for pattern in _patterns(get_resolver("config.api").url_patterns):
        actions = getattr(pattern.callback, "actions", None)
        address = re.sub(r"\(\?P<\w+>[^)]*\)|<\w+:\w+>", "*", str(pattern.pattern))
        for method in actions or ():
            if method != "head":
                found.add((method.upper(), address.strip("^$").replace("\\Z", "")))
    return found


def _patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _without_ids(url):
    return re.sub(r"\{\w+\}", "*", url.partition("?")[0])


def test_a_missing_key_says_how_to_bring_one(api, problem):
    answer = api.nobody.get("/api/v1/customers/")
    problem(answer, 401, "not-authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_missing_scope_is_named(api, problem):
    assert "write" in problem(api.reader.post("/api/v1/customers/", {}), 403)["detail"]


def test_a_page_session_reads_and_changes_only_with_its_csrf_token(company):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(company.owner)
    assert client.get("/api/v1/customers/").status_code == 200
    assert client.post("/api/v1/customers/", {"name": "N"}).status_code == 403


def test_the_use_of_a_key_is_noted_once_a_minute(api):
    api.owner.get("/api/v1/sources/")
    first = ApiKey.objects.filter(last_used_at__isnull=False).get().last_used_at
    api.owner.get("/api/v1/sources/")
    assert ApiKey.objects.filter(last_used_at__isnull=False).get().last_used_at == first
