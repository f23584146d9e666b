"""The dialog of a new deal asks for what its first stage wants to be known of the customer."""

import pytest

from crm.models import Contact, Customer
from crm.services.customers import create_customer, update_customer
from crm.services.plays import write_play
from pipeline.models import Opportunity
from tests.api.conftest import client_of

NEW = "/deals/new/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def typed(pipeline):
    return {"customer_name": "Hengda Foods", "amount": "120000", "pipeline": pipeline.pk}


@pytest.fixture
def wanted(stages):
    def want(*names):
        write_play(stages["Qualified"], by=None, required=[f"customer.{name}" for name in names])

    return want


@pytest.fixture
def li(as_user, company):
    return as_user(company.owner)


def asked_of(customer, **told):
    values = {"asked_of": customer.pk, "version": customer.version} | told
    return {f"customer-{name}": value for name, value in values.items()}


def post(client, told):
    return client.post(NEW, told, headers=HTMX)


def test_what_is_missing_is_asked_for_and_saved_with_the_deal(li, customer, typed, wanted):
    wanted("phone", "region", "contact")
    update_customer(customer, by=None, region="North")
    refused = post(li, typed)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "“Qualified” asks for this of the customer." in page
    assert refused.context["asked"].asked == ["phone", "contact"]
    assert "invalid-feedback" not in page
    assert not Opportunity.objects.exists()
    told = typed | asked_of(customer, phone="021 5555", contact="Ms Wang")
    assert post(li, told).status_code == 204
    customer.refresh_from_db()
    assert Opportunity.objects.get().customer == customer
    assert (customer.phone, customer.region) == ("021 5555", "North")
    assert Contact.objects.get().name == "Ms Wang"


def test_a_customer_whom_the_address_names_is_asked_about_at_once(li, customer, wanted, pipeline):
    wanted("phone")
    page = li.get(f"{NEW}?customer={customer.pk}", headers=HTMX).content.decode()
    assert 'name="customer-phone"' in page
    assert 'name="customer-phone"' not in li.get(NEW, headers=HTMX).content.decode()


def test_what_is_known_is_not_asked_for(li, customer, typed, wanted):
    wanted("phone")
    update_customer(customer, by=None, phone="021 1")
    assert post(li, typed).status_code == 204


def test_what_is_left_empty_is_said_beside_it_and_nothing_is_lost(li, customer, typed, wanted):
    wanted("phone", "industry")
    refused = post(li, typed | asked_of(customer, phone="021 5555", industry=" "))
    assert list(refused.context["asked"].errors) == ["industry"]
    assert 'value="021 5555"' in refused.content.decode()
    customer.refresh_from_db()
    assert customer.phone == ""


def test_a_refused_deal_leaves_the_customer_as_it_was(li, customer, typed, wanted):
    wanted("phone")
    told = typed | asked_of(customer, phone="021 5555") | {"amount": "-5"}
    refused = post(li, told)
    assert 'value="021 5555"' in refused.content.decode()
    customer.refresh_from_db()
    assert customer.phone == ""


def test_what_the_database_refuses_of_the_deal_takes_it_back(li, customer, typed, stages):
    write_play(stages["Qualified"], by=None, required=["customer.phone", "contact"])
    refused = post(li, typed | asked_of(customer, phone="021 5555"))
    assert "must be known to enter “Qualified”" in refused.content.decode()
    assert 'value="021 5555"' in refused.content.decode()
    customer.refresh_from_db()
    assert customer.phone == ""


def test_what_was_told_of_one_customer_is_not_written_to_another(
    li, company, customer, typed, wanted
):
    wanted("phone")
    other = create_customer(by=None, name="Baoyu Brewery", owner=company.owner)
    refused = post(li, typed | asked_of(other, phone="021 5555"))
    assert "021 5555" not in refused.content.decode()
    assert not Opportunity.objects.exists()
    customer.refresh_from_db()
    assert customer.phone == ""


def test_of_a_new_customer_all_is_asked_at_once(li, company, today, typed, wanted):
    wanted("phone", "source", "industry")
    new = typed | {"create_customer": "true"}
    refused = post(li, new)
    form, said = refused.context["form"], ["This must be known to enter “Qualified”."]
    assert (form.errors["customer_phone"], form.errors["source"]) == (said, said)
    assert refused.context["asked"].asked == ["industry"]
    assert not Customer.objects.exists()
    wanted("phone", "industry")
    told = {"customer-asked_of": "new", "customer-version": 1, "customer-industry": "Dairy"}
    assert post(li, new | told | {"customer_phone": "021 5555"}).status_code == 204
    made = Opportunity.objects.get().customer
    assert (made.phone, made.industry) == ("021 5555", "Dairy")


def test_somebody_who_was_faster_is_told_of(li, company, customer, typed, wanted):
    wanted("phone")
    told = typed | asked_of(customer, phone="021 5555")
    update_customer(customer, by=company.teammate, phone="021 1")
    refused = post(li, told)
    page = refused.content.decode()
    assert "Stored now: 021 1" in page
    assert 'value="021 5555"' in page
    assert not Opportunity.objects.exists()
    customer.refresh_from_db()
    assert post(li, typed | asked_of(customer, phone="021 5555")).status_code == 204
    customer.refresh_from_db()
    assert customer.phone == "021 5555"


def test_the_api_refuses_what_the_dialog_asks_for(company, customer, pipeline, wanted):
    wanted("phone")
    asked = {"name": "Line", "customer": customer.pk, "pipeline": pipeline.pk}
    refused = client_of(company.owner).post("/api/v1/opportunities/", asked, format="json")
    assert refused.status_code == 400
    assert "must be known to enter" in str(refused.json())
    assert not Opportunity.objects.exists()
