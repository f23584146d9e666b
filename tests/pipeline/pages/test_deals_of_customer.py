"""What pages of a customer and its deals show of each other."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from crm.services.activities import log_activity
from crm.services.contacts import create_contact
from crm.services.customers import create_customer
from crm.services.merges import merge_customers
from pipeline.services.opportunities import create_opportunity, move_opportunity

pytestmark = pytest.mark.django_db


def opened(company, pipeline, customer, name, **fields):
    return create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        name=name,
        customer=customer,
        amount=Decimal(7),
        **fields,
    )


def test_a_customer_shows_its_last_deal_too(company, pipeline, customer, as_user):
    for n in range(35):
        opened(company, pipeline, customer, f"Line {n}.")
    client = as_user(company.owner)
    first = client.get(f"/customers/{customer.pk}/").content.decode()
    assert "?deals=30" in first
    rest = client.get(f"/customers/{customer.pk}/?deals=30&older=400").content.decode()
    assert all(f"Line {n}." in first + rest for n in range(35))
    assert all(f"Line {n}." in rest for n in range(5))
    assert "?deals=60" not in rest


def test_the_timeline_tells_of_moves_and_merges(company, pipeline, stages, customer, deal, as_user):
    move_opportunity(deal, to=list(pipeline.stages.all())[1], by=company.owner)
    other = create_customer(by=company.owner, name="Hengda Foods Ltd", owner=company.owner)
    merge_customers(customer, other, by=company.owner, fields={})
    page = as_user(company.owner).get(f"/customers/{customer.pk}/").content.decode()
    first, second = list(pipeline.stages.all())[:2]
    assert f"{first} → {second}" in page
    assert "Hengda Foods Ltd was merged into this customer." in page


def test_moves_of_a_deal_cost_no_query_each(
    company, pipeline, customer, as_user, django_assert_num_queries
):
    client = as_user(company.owner)
    opened(company, pipeline, customer, "First")
    client.get(f"/customers/{customer.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/customers/{customer.pk}/")
    for n in range(12):
        opened(company, pipeline, customer, f"Line {n}")
    with django_assert_num_queries(len(few)):
        client.get(f"/customers/{customer.pk}/")


def test_a_deal_shows_its_contact_and_the_other_deals(company, pipeline, customer, as_user):
    contact = create_contact(
        customer, by=company.owner, name="Li Wei", phone="+86 10 555", email="li@hengda.example"
    )
    deal = opened(company, pipeline, customer, "Filling line", contact=contact)
    opened(company, pipeline, customer, "Packing line")
    page = as_user(company.owner).get(f"/deals/{deal.pk}/").content.decode()
    assert f'href="/customers/{customer.pk}/#contacts">Li Wei<' in page
    assert 'href="tel:%2B86%2010%20555"' in page
    assert 'href="mailto:li@hengda.example"' in page
    assert "Packing line" in page


def test_a_deal_leads_on_to_what_was_done_first(company, customer, deal, as_user):
    for n in range(25):
        at = clock.now() - timedelta(days=n)
        fields = {"kind": "note", "subject": f"Note {n}.", "done_at": at, "opportunity": deal}
        log_activity(customer, by=company.owner, **fields)
    client = as_user(company.owner)
    assert "?older=20" in client.get(f"/deals/{deal.pk}/").content.decode()
    assert "Note 24." in client.get(f"/deals/{deal.pk}/?older=20").content.decode()
