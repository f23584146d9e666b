"""Whatever an address or a form holds, a page answers, and says what cannot be."""

import pytest
from django.urls import URLPattern, get_resolver, reverse

from crm.models import Activity
from crm.services.activities import log_activity
from crm.services.customers import create_customer
from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db
LONG = "9" * 5000
"""A number of more digits than Python reads."""

NAMES = (
    *("q", "owner", "team", "source", "product", "stage", "status", "pipeline", "customer", "kind"),
    *("amount_min", "expected_from", "rotting", "sort", "page", "shown", "of", "month", "day"),
    *("as_of", "since", "before", "plan", "segment", "by", "value", "after", "due_at", "deal"),
    *("opportunity", "version", "year", "from", "to", "show", "whose", "parent", "ladder", "entry"),
)


@pytest.fixture
def acme(company, ladder, pipeline):
    return create_customer(by=company.owner, name="Acme", owner=company.owner)


def addresses():
    """Of every page of ours that needs no more than its address."""
    for app in ("core", "accounts", "crm", "pipeline", "planning"):
        _prefix, resolver = get_resolver().namespace_dict[app]
        for pattern in resolver.url_patterns:
            named = isinstance(pattern, URLPattern) and pattern.name
            if named and not pattern.pattern.converters:
                yield reverse(f"{app}:{pattern.name}")


@pytest.mark.parametrize("text", [LONG, "\0", "0001-01-01", "²", "-1"])
def test_no_query_breaks_a_page(as_user, company, acme, text):
    client = as_user(company.admin)
    client.raise_request_exception = False
    for address in addresses():
        answer = client.get(address, dict.fromkeys(NAMES, text))
        assert answer.status_code < 500, address


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "9999-12-31T23:59", "1026-03-04T09:00"])
def test_nothing_is_planned_outside_of_the_years_of_a_calendar(as_user, company, acme, when):
    asked = {"customer": acme.pk, "kind": "task", "subject": "Offer", "due_at": when}
    for all_day in ("", "on"):
        answer = as_user(company.owner).post("/activities/new/", asked | {"all_day": all_day})
        told = answer.context["form"].errors["due_at"]
        assert told == ["Give a date between the years 1900 and 2200."]
    assert not Activity.objects.exists()


def test_no_deal_closes_outside_of_the_years_of_a_calendar(as_user, company, acme):
    asked = {"customer_name": "Acme", "expected_close": "0001-01-01"}
    answer = as_user(company.owner).post("/deals/new/", asked)
    told = answer.context["form"].errors["expected_close"]
    assert told == ["Give a date between the years 1900 and 2200."]


def test_a_number_nobody_can_read_is_no_customer(as_user, company, acme, pipeline):
    client = as_user(company.owner)
    told = {"customer": LONG, "kind": "call", "subject": "Ring"}
    answer = client.post("/activities/new/", told)
    assert "customer" in answer.context["form"].errors
    asked = {"customer": LONG, "customer_name": "Nobody", "pipeline": pipeline.pk}
    answer = client.post("/deals/new/", asked)
    assert "customer_name" in answer.context["form"].errors
    assert not Activity.objects.exists()
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize("minutes", [LONG, "99999", "-5", "soon", "²"])
def test_minutes_that_are_none_complete_nothing(as_user, company, acme, minutes):
    activity = log_activity(
        acme, by=company.owner, kind="call", subject="Ring", due_at=acme.created_at
    )
    client = as_user(company.owner)
    answer = client.post(f"/activities/{activity.pk}/complete/", {"minutes": minutes}, follow=True)
    activity.refresh_from_db()
    assert activity.done_at is None
    assert len(str(list(answer.context["messages"]))) < 500
    answer = client.post(f"/activities/{activity.pk}/complete/", {"minutes": "0" * 5000 + "15"})
    activity.refresh_from_db()
    assert activity.minutes == 15
