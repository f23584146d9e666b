"""The dialog in which a stage asks for what must be known of a deal and of its customer."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from crm.models import Customer, Source
from crm.services.customers import update_customer
from crm.services.plays import write_play
from pipeline.models import Opportunity
from pipeline.services.opportunities import move_opportunity, update_opportunity

HTMX = {"HX-Request": "true"}


@pytest.fixture
def web(db):
    return Source.objects.create(name="Web")


@pytest.fixture
def proposal(stages):
    required = ["expected_close", "customer.source", "customer.phone"]
    write_play(stages["Proposal"], by=None, required=required)
    return stages["Proposal"]


@pytest.fixture
def typed(deal, customer, proposal, web):
    """What the dialog sends: the deal's and the customer's, each with its version."""
    return {
        "stage": proposal.pk,
        "version": deal.version,
        "expected_close": "2002-05-01",
        "customer-version": customer.version,
        "customer-source": web.pk,
        "customer-phone": "010 5555 0100",
    }


def enter(deal):
    return f"/deals/{deal.pk}/enter/?on=board"


def send(client, deal, data):
    return client.post(enter(deal), data, headers=HTMX)


def stored(deal):
    row = Opportunity.objects.select_related("stage", "customer__source").get(pk=deal.pk)
    source = row.customer.source and row.customer.source.name
    return row.stage.name, row.expected_close, source, row.customer.phone


NOTHING = ("Qualified", None, None, "")


def test_a_drop_asks_for_both_under_the_customers_name_and_then_moves(
    company, deal, proposal, typed, as_user
):
    client = as_user(company.owner)
    data = {"stage": proposal.pk, "version": deal.version}
    dropped = client.post(f"/deals/{deal.pk}/move/?on=board", data, headers=HTMX)
    assert dropped.status_code == 422
    form = client.get(json.loads(dropped["HX-Trigger"])["askFields"]["url"], headers=HTMX)
    of_deal, of_customer = form.content.decode().split("<legend>Hengda Foods</legend>")
    assert 'name="expected_close"' in of_deal
    assert 'name="customer-source"' in of_customer
    assert 'name="customer-phone"' in of_customer
    assert 'name="customer-industry"' not in of_customer
    done = send(client, deal, typed)
    assert done.status_code == 200
    assert "closeDialog" in done["HX-Trigger-After-Swap"]
    stage, _close, source, phone = stored(deal)
    assert (stage, source, phone) == ("Proposal", "Web", "010 5555 0100")
    acts = AuditEntry.objects.filter(action="update").values_list("object_type", "actor")
    assert set(acts) >= {
        ("crm.customer", company.owner.pk),
        ("pipeline.opportunity", company.owner.pk),
    }


@pytest.mark.parametrize(
    "wrong", [{"customer-source": ""}, {"expected_close": "soon"}, {"customer-phone": "0" * 51}]
)
def test_where_one_is_wrong_nothing_is_written_and_all_that_was_typed_stays(
    company, deal, typed, as_user, wrong
):
    refused = send(as_user(company.owner), deal, typed | wrong)
    assert refused.status_code == 422
    assert stored(deal) == NOTHING
    for name, value in (typed | wrong).items():
        if name != "customer-source":
            assert f'name="{name}" value="{value}"' in refused.content.decode()


def test_a_customer_overtaken_meanwhile_is_told_of_and_saved_on_the_second_try(
    company, deal, customer, typed, as_user
):
    update_customer(Customer.objects.get(pk=customer.pk), by=company.teammate, region="North")
    client = as_user(company.owner)
    refused = send(client, deal, typed)
    of_deal, of_customer = refused.content.decode().split("<legend>Hengda Foods</legend>")
    assert "Somebody else changed this" not in of_deal
    assert "Somebody else changed this" in of_customer
    assert 'value="010 5555 0100"' in of_customer
    assert stored(deal) == NOTHING
    now = {"customer-version": customer.version + 1}
    assert f'name="customer-version" value="{customer.version + 1}"' in of_customer
    assert send(client, deal, typed | now).status_code == 200
    assert stored(deal)[0] == "Proposal"


def test_what_somebody_filled_in_meanwhile_stands_beside_what_was_typed(
    company, deal, customer, typed, as_user
):
    seen = Customer.objects.get(pk=customer.pk)
    update_customer(seen, by=company.teammate, phone="021 1")
    client = as_user(company.owner)
    page = send(client, deal, typed).content.decode()
    assert "Stored now: 021 1" in page
    assert 'value="010 5555 0100"' in page
    # What is left empty by now is what the other has typed.
    now = {"customer-version": seen.version, "customer-phone": ""}
    assert send(client, deal, typed | now).status_code == 200
    assert stored(deal)[3] == "021 1"


def test_a_deal_overtaken_meanwhile_is_told_of_above_its_own_fields(company, deal, typed, as_user):
    update_opportunity(Opportunity.objects.get(pk=deal.pk), by=company.teammate, region="North")
    client = as_user(company.owner)
    refused = send(client, deal, typed).content.decode()
    of_deal, of_customer = refused.split("<legend>Hengda Foods</legend>")
    assert "Somebody else changed this" in of_deal
    assert "Somebody else changed this" not in of_customer
    assert stored(deal) == NOTHING
    assert send(client, deal, typed | {"version": deal.version + 1}).status_code == 200


def test_who_may_not_change_the_customer_reads_why_and_gets_no_form(
    company, deal, customer, proposal, typed, as_user
):
    Customer.objects.filter(pk=customer.pk).update(owner=company.stranger)
    client = as_user(company.owner)
    address = f"{enter(deal)}&stage={proposal.pk}&version={deal.version}"
    page = client.get(address, headers=HTMX).content.decode()
    assert "asks for this of Hengda Foods: Source, Phone. You may not change this" in page
    assert "<form" not in page
    assert "<form" not in send(client, deal, typed).content.decode()
    assert stored(deal) == NOTHING
    assert send(as_user(company.admin), deal, typed).status_code == 200


def test_nobody_overwrites_a_customer_out_of_sight_whose_fields_are_known(
    company, deal, customer, typed, as_user, web
):
    known = {"owner": company.stranger, "source": web, "phone": "1"}
    Customer.objects.filter(pk=customer.pk).update(**known)
    assert send(as_user(company.owner), deal, typed).status_code == 422
    assert stored(deal) == ("Qualified", None, "Web", "1")
    own = {name: value for name, value in typed.items() if not name.startswith("customer")}
    assert send(as_user(company.owner), deal, own).status_code == 200


def test_a_deal_without_a_customer_is_told_of(company, deal, proposal, as_user):
    Opportunity.objects.filter(pk=deal.pk).update(customer=None)
    data = {"stage": proposal.pk, "version": deal.version}
    page = as_user(company.owner).get(enter(deal), data, headers=HTMX).content.decode()
    assert "asks for this of the customer: Source, Phone. This deal has no customer yet." in page
    assert f'href="/deals/{deal.pk}/edit/"' in page
    assert "<form" not in page


def test_somebody_to_talk_to_is_asked_for_by_name(company, deal, customer, stages, as_user):
    write_play(stages["Won"], by=None, required=["customer.contact"])
    client = as_user(company.owner)
    data = {"stage": stages["Won"].pk, "version": deal.version}
    page = client.get(enter(deal), data, headers=HTMX).content.decode()
    assert 'name="customer-contact"' in page
    data |= {"customer-version": customer.version, "customer-contact": "Ann Li"}
    assert send(client, deal, data).status_code == 200
    contact = customer.contacts.get()
    assert (contact.name, contact.is_primary) == ("Ann Li", True)


def test_what_must_be_asked_since_the_dialog_was_opened_is_asked_then(
    company, deal, typed, as_user
):
    own = {name: value for name, value in typed.items() if not name.startswith("customer")}
    client = as_user(company.owner)
    page = send(client, deal, own).content.decode()
    assert 'name="customer-phone"' in page
    assert f'name="customer-version" value="{typed["customer-version"]}"' in page


def test_a_move_for_which_all_is_known_costs_what_it_costs_where_nothing_is_asked(
    company, deal, customer, stages, web, as_user
):
    client = as_user(company.owner)

    def cost(to):
        deal.refresh_from_db()
        data = {"stage": stages[to].pk, "version": deal.version}
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(f"/deals/{deal.pk}/move/?on=board", data, headers=HTMX)
        assert answer.status_code == 200
        return len(asked)

    cost("Proposal")
    move_opportunity(deal_again(deal), to=stages["Qualified"], by=company.owner)
    nothing = cost("Proposal")
    move_opportunity(deal_again(deal), to=stages["Qualified"], by=company.owner)
    write_play(stages["Proposal"], by=None, required=["amount", "customer.source"])
    update_customer(customer, by=company.owner, source=web)
    assert cost("Proposal") == nothing


def deal_again(deal):
    return Opportunity.objects.get(pk=deal.pk)
