"""Customers, products and people in files of their own."""

from decimal import Decimal

import pytest

from accounts.models import Role, Team, User
from crm.models import Customer, PriceChange, Product
from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture
def tables(importer):
    importer.mapping["tables"] = {
        "customers": {"file": "customers.csv", "name": "n", "employees": "e", "parent": "p"},
        "products": {"file": "products.csv", "name": "n", "price": "price"},
        "owners": {"file": "people.csv", "name": "n", "team": "team", "manager": "boss"},
    }
    importer.write("customers.csv", "n,e,p\nAcme,12,Holding\nBolt,,\n")
    importer.write("products.csv", "n,price\nPump,100\n")
    importer.write("people.csv", "n,team,boss\nLi,North,Mei\nNew,North,Mei\n")
    return importer


def test_tables_are_upserted_by_name(tables):
    Customer.objects.create(name="ACME", created_at="2020-01-01T00:00Z", employees=3, phone="1")
    tables.run_rows({"id": "a", "customer": "acme", "product": "Pump"})

    acme = Customer.objects.get(name__iexact="acme")
    assert (acme.employees, acme.phone, acme.parent.name, acme.version) == (12, "1", "Holding", 2)
    assert Customer.objects.count() == 3
    assert Product.objects.get().price == Decimal(100)
    assert Opportunity.objects.get().customer == acme

    assert tables.run_rows({"id": "a", "customer": "acme"}).counts.updated == 0
    acme.refresh_from_db()
    assert acme.version == 2


def test_a_product_that_an_import_makes_has_had_its_price_all_the_time(tables):
    tables.run_rows({"id": "a", "product": "Pump"})
    tables.write("products.csv", "n,price\nPump,120\n")
    tables.run_rows({"id": "a", "product": "Pump"})

    first, second = PriceChange.objects.order_by("id")
    assert (first.price, first.at) == (Decimal(100), None)
    assert second.price == Decimal(120)
    assert second.at is not None


def test_a_file_does_not_widen_what_a_person_sees(tables, company):
    tables.run_rows({"id": "a", "rep": "New"})

    company.owner.refresh_from_db()
    company.manager.refresh_from_db()
    assert company.owner.team == company.sub_team
    assert (company.manager.role, company.manager.team) == (Role.MANAGER, company.team)
    newcomer = User.objects.get(name="New")
    assert newcomer.team == Team.objects.get(name="North")
    assert not newcomer.is_active


def test_a_product_that_the_table_does_not_know_refuses_the_row(tables, refused):
    tables.mapping["aliases"] = {"product": {"Pmup": "Pump"}}
    report = tables.run_rows(
        {"id": "a", "product": "Pmup"}, {"id": "b", "product": "Pimp"}, {"id": "c"}
    )

    assert refused(report) == [("deals.csv", 3, "unknown_product")]
    assert Opportunity.objects.get(external_id="a").product.name == "Pump"


def test_bad_rows_of_tables_are_refused(tables, refused):
    tables.write("customers.csv", "n,e,p\n,1,\nAcme,1.5,\nBolt,1,\nBOLT,2,\n")
    tables.write("products.csv", "n,price\nPump,-1\n")

    assert refused(tables.run_rows({"id": "a"})) == [
        ("customers.csv", 2, "missing_name"),
        ("customers.csv", 3, "not_a_number"),
        ("customers.csv", 5, "duplicate_name"),
        ("products.csv", 2, "negative_amount"),
    ]
    assert Customer.objects.get(name="Bolt").employees == 1


def test_a_table_without_a_mapped_column_refuses_the_import(tables):
    from pipeline.services.importing import ImportRefused

    tables.write("products.csv", "n\nPump\n")
    with pytest.raises(ImportRefused, match=r"products.csv has no column price"):
        tables.run_rows({"id": "a"})
    assert not Customer.objects.exists()
