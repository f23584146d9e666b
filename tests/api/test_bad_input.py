"""Whatever a caller sends, the answer is a refusal or a record, never our own failure."""

import json

import pytest
from django.db import transaction
from django.urls import resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.api.boards import BoardFilter
from tests.api.endpoints import TABLE, filled

WRITES = [
    (method, url, body)
    for method, url, body, _expected in TABLE
    # Files are sent in another way, with tests of their own.
    if method in ("POST", "PATCH", "PUT") and body is not None and "file" not in body
]
NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 1.5, -0.0, 1e308]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", " ", "\0", "\ud800", "x" * 400, "1e999", "NaN", "Infinity", "won", "-"]),
    st.sampled_from(["0001-01-01", "9999-12-31T23:59:59-14:00", "2020-02-30", "2020-01-01T00:00Z"]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def names_of(body):
    row = body[0] if isinstance(body, list) else body
    extra = ("owner", "team", "source", "created_at", "amount", "at", "external_id", "employees")
    more = ("shape", "confidence", "lost_reason", "expected_close", "order", "parent", "segment")
    return sorted({*row, *extra, *more})


def bodies(body):
    """The good body with some of its fields, or fields of others, made nasty; or no body at all."""
    changes = st.dictionaries(st.sampled_from(names_of(body)), NASTY, max_size=3)
    if isinstance(body, list):
        rows = st.lists(changes.map(lambda change: body[0] | change), max_size=3)
        return st.one_of(rows, rows, rows, NASTY)
    changed = changes.map(lambda change: body | change)
    return st.one_of(changed, changed, changed, changes, NASTY)


@pytest.mark.parametrize(
    ("method", "url", "body"), WRITES, ids=[f"{row[0]} {row[1]}" for row in WRITES]
)
@pytest.mark.django_db
def test_no_body_breaks_an_endpoint(api, ids, method, url, body):
    address = "/api/v1/" + url.format(**ids)
    client = api.admin
    client.raise_request_exception = False

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=bodies(filled(body, ids)))
    def send(data):
        with transaction.atomic():
            answer = client.generic(
                method,
                address,
                json.dumps(data),
                content_type="application/json",
                headers={"If-Match": "*"},
            )
            transaction.set_rollback(True)
        assert answer.status_code < 500, (data, answer.content[-2000:])
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", data

    send()


LISTS = sorted({url for method, url, _body, _e in TABLE if method == "GET" and "{" not in url})
VALUES = ["", "0", "-1", "1e9", "9" * 30, "\0", "é", "true", "2020-01-01", "0001-01-01T00:00Z"]


@pytest.mark.parametrize("url", [*LISTS, "pipelines/{pipeline}/board/"])
def test_no_query_breaks_a_list(api, ids, url):
    address = "/api/v1/" + url.format(**ids)
    view = resolve(address).func.cls
    filters = BoardFilter if "board" in url else getattr(view, "filterset_class", None)
    names = ["cursor", "page_size", "ordering", *getattr(filters, "base_filters", ())]
    api.admin.raise_request_exception = False

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(
        st.dictionaries(
            st.sampled_from(names), st.sampled_from(VALUES) | st.text(max_size=8), max_size=2
        )
    )
    def read(query):
        query = {name: text.encode(errors="replace").decode() for name, text in query.items()}
        answer = api.admin.get(address, query)
        assert answer.status_code < 500, (query, answer.content[-2000:])

    read()
