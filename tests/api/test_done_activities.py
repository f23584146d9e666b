"""What is done is done at some time, and that has been."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from crm.models import Activity
from crm.services.leads import create_lead

pytestmark = pytest.mark.django_db
URL = "/api/v1/activities/"


def post(client, customer, **fields):
    return client.post(URL, {"customer": customer.pk, "kind": "call", "subject": "Ring"} | fields)


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(days=400)])
def test_nothing_is_done_in_the_future(api, customer, problem, ahead):
    document = problem(post(api.owner, customer, done_at=timezone.now() + ahead), 400)
    [error] = document["errors"]
    assert error == {
        "pointer": "#/done_at",
        "detail": "What is done cannot lie in the future.",
    }
    assert not Activity.objects.exists()


def test_a_clock_may_be_a_little_ahead(api, customer):
    at = timezone.now() + timedelta(seconds=40)
    assert post(api.owner, customer, done_at=at).status_code == 201


def test_the_future_of_a_pinned_clock_begins_where_it_stands(api, customer, company_day):
    clock.pin(company_day("2026-03-04", hour=12))
    assert post(api.owner, customer, done_at="2026-03-04T12:00:00+08:00").status_code == 201
    assert post(api.owner, customer, done_at="2026-03-04T12:05:00+08:00").status_code == 400


def test_no_lead_is_answered_in_the_future(api, company, ladder):
    lead = create_lead(by=None, owner=company.owner, name="Harbin Dairy")
    planned = post(api.owner, lead.customer, due_at=timezone.now() + timedelta(days=3)).json()
    later = {"done_at": timezone.now() + timedelta(days=400)}
    answer = api.owner.patch(f"{URL}{planned['id']}/", later, headers={"If-Match": "*"})
    assert answer.status_code == 400
    lead.refresh_from_db()
    assert lead.first_response_at is None
