"""The OpenAPI document and its browsable pages: complete, public, without the internet."""

import re

import pytest
import yaml
from django.core.management import call_command

API = "/api/v1/"


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return yaml.safe_load(path.read_text())


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_valid_and_without_warnings(schema):
    assert schema["openapi"].startswith("3.1")


def test_every_operation_says_how_it_may_fail_and_what_it_needs(schema):
    for path, method, operation in operations(schema):
        if "/schema/" in path:
            continue
        for code in ("400", "401", "403", "429"):
            content = operation["responses"][code]["content"]
            assert list(content) == ["application/problem+json"], (path, method)
        assert re.search(r"Scope: `\w+`", operation["description"]), (path, method)


def test_every_post_takes_an_idempotency_key_and_every_change_a_tag(schema):
    for path, method, operation in operations(schema):
        headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
        if method == "post":
            assert "Idempotency-Key" in headers, path
        if method in ("put", "patch", "delete"):
            assert "If-Match" in headers, path


def test_what_is_made_and_what_is_taken_back_is_documented(schema):
    made = schema["paths"][f"{API}customers/"]["post"]["responses"]["201"]
    assert "Location" in made["headers"]
    for noun in ("customers", "contacts", "purchases", "opportunities"):
        restore = schema["paths"][f"{API}{noun}/{{id}}/restore/"]["post"]
        assert "archived" in restore["description"]
        assert "requestBody" not in restore


def test_schema_and_pages_are_public_and_come_from_this_server(client, db):
    assert client.get(f"{API}schema/").status_code == 200
    page = client.get(f"{API}docs/")
    assert page.status_code == 200
    assert not re.search(rb'(?:src|href)="(?:https?:)?//', page.content)
    assert b"<script>" not in page.content
    policy = page["Content-Security-Policy"]
    assert "script-src 'unsafe" not in policy
    assert client.get(f"{API}docs/?script=").status_code == 200
