"""Purchases over the API: who sees them, what they are held to, and what a file may correct."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import AuditEntry
from crm.models import Purchase
from crm.services.purchases import archive_purchase, record_purchase

URL = "/api/v1/purchases/"


@pytest.fixture
def bought(company, customer):
    at = timezone.now() - timedelta(days=3)
    return record_purchase(
        customer, by=company.owner, at=at, units=2, amount="9.50", margin="-1", currency="EUR"
    )


@pytest.mark.parametrize(
    ("persona", "sees"),
    [("owner", True), ("teammate", True), ("manager", True), ("admin", True), ("stranger", False)],
)
def test_a_purchase_is_seen_with_its_customer(api, bought, persona, sees):
    client = getattr(api, persona)
    assert client.get(f"{URL}{bought.pk}/").status_code == (200 if sees else 404)
    assert len(client.get(URL).json()["results"]) == sees
    assert len(client.get(f"{URL}?format=csv").getvalue().splitlines()) == 1 + sees


def test_it_is_shown_as_it_was_told(api, bought, customer):
    shown = api.owner.get(f"{URL}{bought.pk}/").json()
    assert shown["customer"] == customer.pk
    assert (shown["units"], shown["amount"], shown["margin"]) == ("2.000", "9.50", "-1.00")
    assert (shown["currency"], shown["product"], shown["version"]) == ("EUR", None, 1)


def test_what_is_not_said_is_now_and_in_the_companys_currency(api, customer):
    made = api.owner.post(URL, {"customer": customer.pk, "amount": "3"})
    assert made.status_code == 201
    row = Purchase.objects.get()
    assert (row.currency, row.known_from) == ("CNY", None)
    assert AuditEntry.objects.filter(object_type="crm.purchase", action="create").exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": "-1"}, "#/amount"),
        ({"units": "0"}, "#/units"),
        ({"currency": "Taler"}, "#/currency"),
        ({"at": "2199-01-01T00:00:00Z"}, "#/at"),
        ({"customer": 0}, "#/customer"),
        ({"colour": "red"}, "#/colour"),
        ({"version": 3}, "#/version"),
        ({"archived_at": None}, "#/archived_at"),
    ],
)
def test_what_no_purchase_can_be_is_refused_beside_its_field(
    api, customer, problem, pointers, body, pointer
):
    answer = api.owner.post(URL, {"customer": customer.pk} | body)
    assert pointer in pointers(problem(answer, 400))


def test_an_external_id_counts_once(api, customer, problem):
    body = {"customer": customer.pk, "external_id": "P-1", "amount": "3"}
    first = api.owner.post(URL, body).json()
    problem(api.owner.post(URL, body), 400, "validation")
    assert api.owner.delete(f"{URL}{first['id']}/", headers={"If-Match": "*"}).status_code == 204
    second = api.owner.post(URL, body)
    assert second.status_code == 201
    problem(api.owner.post(f"{URL}{first['id']}/restore/"), 409)
    assert Purchase.objects.current().get().pk == second.json()["id"]


def test_what_is_archived_counts_no_longer_and_can_be_taken_back(api, bought):
    address = f"{URL}{bought.pk}/"
    assert api.owner.delete(address, headers={"If-Match": '"1"'}).status_code == 204
    assert api.owner.get(URL).json()["results"] == []
    assert len(api.owner.get(f"{URL}?archived=true").json()["results"]) == 1
    assert not Purchase.objects.known_at(timezone.now()).exists()
    assert api.owner.post(f"{address}restore/").json()["archived_at"] is None


def test_a_replaced_purchase_is_not_taken_back(api, company, bought, customer, problem):
    better = record_purchase(customer, by=None, amount=1, currency="EUR")
    archive_purchase(bought, by=company.owner)
    Purchase.objects.filter(pk=bought.pk).update(replaced_by=better)
    problem(api.owner.post(f"{URL}{bought.pk}/restore/"), 400)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("amount_min=9", 1),
        ("amount_max=9", 1),
        ("currency=EUR", 1),
        ("external_id=X", 1),
        ("archived=true", 0),
        ("since=2200-01-01T00:00:00Z", 0),
        ("before=2200-01-01T00:00:00Z", 2),
        ("product=99", 0),
    ],
)
def test_the_list_is_filtered(api, bought, customer, query, found):
    record_purchase(customer, by=None, amount=4, currency="CNY", external_id="X")
    assert len(api.owner.get(f"{URL}?{query}").json()["results"]) == found


def test_the_whole_list_is_a_table_too(api, customer):
    for amount in (3, 1, 2):
        record_purchase(customer, by=None, amount=amount, currency="CNY")
    answer = api.owner.get(f"{URL}?format=csv&ordering=amount&page_size=1")
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["amount"] for row in rows] == ["1.00", "2.00", "3.00"]
    assert answer["Content-Disposition"] == 'attachment; filename="purchases.csv"'


def test_what_was_told_late_was_not_known_before(bought):
    at = bought.at + timedelta(seconds=1)
    assert not Purchase.objects.known_at(at).exists()
    assert Purchase.objects.known_at(timezone.now()).get() == bought
