"""The real data sets come in with the facts that are known of them."""

from decimal import Decimal

import pytest
from django.db.models import Count, Sum

from accounts.models import Role, User
from core.models import ImportBatch
from crm.models import Customer, Product
from pipeline.models import AmountChange, Opportunity, Pipeline, StageChange
from pipeline.services.importing import import_deals, read_mapping

pytestmark = pytest.mark.django_db


def run(folder, deals, history=None):
    mapping = read_mapping(folder / "mapping.json")
    return import_deals(folder / deals, history and folder / history, mapping=mapping)


def run_hardware(shared_data):
    return run(shared_data / "maven_crm", "sales_pipeline.csv")


def by_stage():
    rows = Opportunity.objects.values_list("stage__name").annotate(deals=Count("pk"))
    return dict(rows.order_by())


def test_hardware_sales_come_in_with_their_known_facts(shared_data):
    report = run_hardware(shared_data)

    assert by_stage() == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    assert Opportunity.objects.won().aggregate(v=Sum("amount"))["v"] == Decimal(10_005_534)
    assert Opportunity.objects.filter(customer=None).count() == 1425
    assert report.refused == 0
    assert report.rows_read["sales_pipeline.csv"] == 8800
    undated = Opportunity.objects.filter(stage__name="Prospecting", created_at=None)
    assert report.counts.undated == undated.count() == 500
    assert not StageChange.objects.filter(opportunity__in=undated).exists()


def test_hardware_sales_bring_their_tables_with_the_spelling_set_right(shared_data):
    run_hardware(shared_data)

    assert Customer.objects.count() == 85
    assert set(Product.objects.values_list("name", flat=True)) == {
        *("GTX Basic", "GTX Pro", "MG Special", "MG Advanced"),
        *("GTX Plus Pro", "GTX Plus Basic", "GTK 500"),
    }
    assert Product.objects.get(name="GTX Pro").opportunities.exists()
    acme = Customer.objects.get(name="Acme Corporation")
    assert (acme.industry, acme.employees, acme.country) == ("technology", 2822, "United States")
    assert not Customer.objects.filter(industry="technolgy").exists()
    agents = User.objects.filter(role=Role.REP)
    assert agents.count() == 35
    assert set(agents.values_list("team__name", flat=True)) == {"Central", "East", "West"}
    assert User.objects.filter(role=Role.MANAGER).count() == 6
    assert not User.objects.filter(is_active=True).exists()


def test_the_bank_log_comes_in_with_its_known_facts_and_twice_without_a_duplicate(shared_data):
    files = "bpi2012_cases.csv.gz", "bpi2012_stage_history.csv.gz"
    first = run(shared_data / "bpi2012", *files)

    pipeline = Pipeline.objects.get(name="Loan applications")
    assert by_stage() == {"Won": 2246, "Lost": 10_442, "Accepted": 330, "Preaccepted": 69}
    assert first.counts.created == 13_087
    assert first.rows_read["bpi2012_stage_history.csv.gz"] == 92_093
    assert [stage.name for stage in pipeline.stages.order_by("order")] == [
        *("Submitted", "Preaccepted", "Accepted", "Won", "Lost")
    ]
    moves = StageChange.objects.count()

    again = run(shared_data / "bpi2012", *files).counts

    assert (again.created, again.updated, again.unchanged) == (0, 0, 13_087)
    assert StageChange.objects.count() == moves
    assert AmountChange.objects.count() == 13_087
    states = ImportBatch.objects.values_list("state", "unchanged").order_by("pk")
    assert list(states) == [("done", 0), ("done", 13_087)]
