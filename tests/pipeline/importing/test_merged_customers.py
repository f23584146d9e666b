"""Files that still call a customer by the name it had before it was merged."""

import pytest

from crm.models import Customer
from crm.services.customers import create_customer
from crm.services.merges import merge_customers, undo_merge
from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged():
    """Acme, merged into Hengda, which took the new name of Hengda Foods."""
    one, other = (create_customer(by=None, name=name) for name in ("Hengda", "Acme"))
    merge = merge_customers(one, other, by=None)
    third = create_customer(by=None, name="Hengda Foods")
    merge_customers(Customer.objects.get(pk=one.pk), third, by=None, fields={"name": "other"})
    return one, other, merge


def test_deals_of_any_former_name_are_the_survivors(importer, merged):
    one, _other, _merge = merged
    names = ["Acme", "HENGDA", "Hengda Foods", "New"]
    importer.run_rows(*({"id": name, "customer": name} for name in names))
    of = dict(Opportunity.objects.values_list("external_id", "customer"))
    assert {of[name] for name in names[:3]} == {one.pk}
    assert Customer.objects.filter(name="New").exists()
    assert Customer.objects.current().count() == 2


def test_facts_of_a_merged_name_do_not_overrule_what_was_chosen(importer, merged):
    one, _other, _merge = merged
    importer.mapping["tables"] = {
        "customers": {"file": "customers.csv", "name": "n", "region": "r"}
    }
    importer.write("customers.csv", "n,r\nAcme,South\nHengda Foods,North\n")
    importer.run_rows({"id": "a", "customer": "Acme"})
    one.refresh_from_db()
    assert (one.name, one.region) == ("Hengda Foods", "North")


def test_after_the_undo_each_name_is_its_own_again(importer):
    one, other = (create_customer(by=None, name=name) for name in ("Hengda", "Acme"))
    undo_merge(merge_customers(one, other, by=None, fields={"name": "other"}), by=None)
    importer.run_rows({"id": "a", "customer": "Acme"}, {"id": "h", "customer": "Hengda"})
    of = dict(Opportunity.objects.values_list("external_id", "customer"))
    assert of == {"a": other.pk, "h": one.pk}
