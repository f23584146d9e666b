"""Requests with one key at the same instant, over real connections."""

import sqlite3
import threading
from copy import copy

import pytest
from django.db import connection, connections
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.api_keys import create_api_key
from crm.models import Customer

AT_ONCE = 6


@pytest.fixture
def many_connections(transactional_db, tmp_path):
    """Lets threads connect for themselves: a test database in memory has one connection, so on
    SQLite they get a copy of it in a file, under the settings of a trial."""

    def copy():
        if connection.vendor != "sqlite":
            return None
        path = tmp_path / "copy.sqlite3"
        with sqlite3.connect(path) as target:
            connection.connection.backup(target)
        connections.settings["default"]["NAME"] = str(path)
        return path

    name = connections.settings["default"]["NAME"]
    yield copy
    connections.settings["default"]["NAME"] = name


def count_customers(path):
    if path is None:
        return Customer.objects.count()
    with sqlite3.connect(path) as copy:
        return copy.execute("SELECT COUNT(*) FROM crm_customer").fetchone()[0]


def at_once(post):
    """Call ``post`` in threads that begin together; what each of them got."""
    barrier, answers = threading.Barrier(AT_ONCE), []

    def run():
        barrier.wait()
        answers.append(post())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_doubled_post_has_one_effect(many_connections):
    _row, key = create_api_key(
        User.objects.create_user("li@x.example", name="Li"), scopes=["write"]
    )
    path = many_connections()

    def post():
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        headers = {"Idempotency-Key": "same"}
        return client.post("/api/v1/customers/", {"name": "Once"}, headers=headers)

    answers = at_once(post)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201
    assert set(statuses) <= {201, 409}, statuses
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert count_customers(path) == 1


def test_a_form_sent_by_many_at_once_makes_one_and_all_are_led_to_it(many_connections):
    person = User.objects.create_user("li@x.example", name="Li")
    signed_in = Client()
    signed_in.force_login(person)
    path = many_connections()

    def post():
        client = Client(raise_request_exception=False)
        client.cookies = copy(signed_in.cookies)
        data = {"name": "Once", "owner": person.pk, "once": "same"}
        return client.post("/customers/new/", data)

    answers = at_once(post)
    assert [answer.status_code for answer in answers] == [302] * AT_ONCE
    assert len({answer["Location"] for answer in answers}) == 1
    assert count_customers(path) == 1
