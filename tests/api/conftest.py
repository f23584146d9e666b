import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services.api_keys import create_api_key, revoke_api_key


@pytest.fixture(autouse=True)
def no_requests_counted_yet():
    cache.clear()


def client_of(user, *scopes):
    """A client with a key of ``user``; with all scopes where none are given."""
    _row, key = create_api_key(user, scopes=scopes or ["read", "write", "plan", "admin"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def api(company):
    """A client for each persona, all scopes on every key unless its name says otherwise."""
    people = ("admin", "manager", "owner", "teammate", "stranger")
    clients = {name: client_of(getattr(company, name)) for name in people}
    clients["reader"] = client_of(company.owner, "read")
    clients["nobody"] = APIClient()
    row, key = create_api_key(company.owner, scopes=["read", "write"])
    revoke_api_key(row)
    clients["revoked"] = APIClient()
    clients["revoked"].credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return SimpleNamespace(**clients)


@pytest.fixture
def customer(company, ladder):
    from crm.services.customers import create_customer

    return create_customer(by=company.owner, owner=company.owner, name="Acme", external_id="A-1")


@pytest.fixture
def deal(company, pipeline, customer):
    from pipeline.services.opportunities import create_opportunity

    return create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        customer=customer,
        name="Line 1",
        amount=1000,
        external_id="D-1",
        created_at=timezone.now() - timedelta(days=30),
    )


@pytest.fixture
def problem():
    """Check that an answer is a problem document, and give it."""

    def check(response, status, kind=None):
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/problem+json"
        document = json.loads(response.content)
        assert document["status"] == status
        assert document["title"]
        assert document["detail"]
        if kind:
            assert document["type"] == f"/problems/{kind}"
        return document

    return check


@pytest.fixture
def pointers():
    return lambda document: {error["pointer"] for error in document["errors"]}
