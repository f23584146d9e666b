"""The dialog of a new deal asks for what its first stage wants to be known of the customer."""

import pytest

from crm.models import Contact, Customer
from crm.services.contacts import archive_contact, create_contact
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
    assert refused.context["asked"].of_customer.asked == ["phone", "contact"]
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
    assert list(refused.context["asked"].of_customer.errors) == ["industry"]
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


def test_a_deal_that_the_service_refuses_takes_it_back(li, customer, typed, stages):
    write_play(stages["Qualified"], by=None, required=["customer.phone", "expected_close"])
    refused = post(li, typed | asked_of(customer, phone="021 5555"))
    form = refused.context["form"]
    assert form.errors["expected_close"] == ["This must be known to enter “Qualified”."]
    assert 'value="021 5555"' in refused.content.decode()
    customer.refresh_from_db()
    assert customer.phone == ""


def of_deal(customer, contact):
    return {"deal-asked_of": customer.pk, "deal-contact": contact.pk}


@pytest.fixture
def with_contact(stages):
    write_play(stages["Qualified"], by=None, required=["amount", "contact"])


def test_whom_the_deal_talks_to_is_chosen_among_those_known_there(
    li, company, customer, typed, with_contact
):
    ann, gone = (create_contact(customer, by=None, name=name) for name in ("Ann Li", "Gone"))
    archive_contact(gone, by=None)
    other = create_customer(by=None, name="Baoyu Brewery", owner=company.owner)
    theirs = create_contact(other, by=None, name="Bo Wang")
    refused = post(li, typed)
    page = refused.content.decode()
    assert "“Qualified” asks for this of the deal." in page
    assert "asks for this of the customer" not in page
    assert [str(row) for row in refused.context["asked"].of_deal.fields["contact"].queryset] == [
        "Ann Li"
    ]
    for wrong in (theirs, gone):
        refused = post(li, typed | of_deal(customer, wrong))
        assert list(refused.context["asked"].of_deal.errors) == ["contact"]
    assert post(li, typed | of_deal(customer, ann)).status_code == 204
    assert Opportunity.objects.get().contact == ann


def test_what_was_chosen_for_one_customer_is_not_refused_for_another(
    li, company, customer, typed, with_contact
):
    create_contact(customer, by=None, name="Ann Li")
    other = create_customer(by=None, name="Baoyu Brewery", owner=company.owner)
    theirs = create_contact(other, by=None, name="Bo Wang")
    page = post(li, typed | of_deal(other, theirs)).content.decode()
    assert "Ann Li" in page
    assert "invalid-feedback" not in page


@pytest.mark.parametrize("of_customer", [[], ["customer.contact", "customer.phone"]])
def test_where_nobody_is_known_somebody_is_named_and_is_the_deals(
    li, customer, typed, stages, of_customer
):
    write_play(stages["Qualified"], by=None, required=["contact", *of_customer])
    asked = post(li, typed).context["asked"]
    assert asked.of_deal is None
    assert sorted(asked.of_customer.asked) == sorted(
        {"contact", *(["phone"] if of_customer else [])}
    )
    told = asked_of(customer, contact="Ann Li", phone="021 5555")
    assert post(li, typed | told).status_code == 204
    assert Opportunity.objects.get().contact == customer.contacts.get()


def test_of_a_new_customer_somebody_is_named_too(li, company, today, typed, with_contact):
    new = typed | {"create_customer": "true"}
    refused = post(li, new)
    assert refused.context["asked"].of_customer.asked == ["contact"]
    assert not Customer.objects.exists()
    told = {"customer-asked_of": "new", "customer-version": 1, "customer-contact": "Ann Li"}
    assert post(li, new | told | {"amount": "x"}).status_code == 422
    assert not Contact.objects.exists()
    assert post(li, new | told).status_code == 204
    deal = Opportunity.objects.get()
    assert (deal.contact.name, deal.contact.customer) == ("Ann Li", deal.customer)


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
    assert refused.context["asked"].of_customer.asked == ["industry"]
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
