import json

import pytest
from django.urls import reverse

from crm.services.customers import create_customer
from pipeline.models import Opportunity
from pipeline.services.opportunities import move_opportunity, undo_move, update_opportunity

HTMX = {"HX-Request": "true"}


def url(name, deal):
    return reverse(f"pipeline:{name}", args=[deal.pk])


def edit_values(deal, **changes):
    values = {
        "name": deal.name,
        "amount": deal.amount,
        "currency": deal.currency,
        "owner": deal.owner_id,
        "version": deal.version,
    }
    return values | changes


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("teammate", 200), ("manager", 200), ("admin", 200), ("stranger", 404)],
)
def test_who_may_look_and_edit(as_user, company, deal, who, status):
    client = as_user(getattr(company, who))
    assert client.get(url("opportunity", deal)).status_code == status
    assert client.get(url("edit_opportunity", deal)).status_code == status
    archived = client.post(url("archive_opportunity", deal), headers=HTMX)
    assert archived.status_code == status


def test_the_history_tells_moves_amounts_and_what_was_undone(as_user, company, deal, stages):
    update_opportunity(deal, by=company.manager, amount=400_000)
    move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    undo_move(deal, by=company.owner)
    page = as_user(company.owner).get(url("opportunity", deal)).content.decode()
    assert "¥400,000" in page
    assert "Mei" in page
    assert "is-undone" in page


def test_an_edit_is_saved_and_closes_the_dialog(as_user, company, deal):
    values = edit_values(deal, name="Two filling lines", amount="500000")
    answer = as_user(company.owner).post(url("edit_opportunity", deal), values, headers=HTMX)
    assert "closeDialog" in json.loads(answer["HX-Trigger-After-Swap"])
    stored = Opportunity.objects.get(pk=deal.pk)
    assert (stored.name, stored.amount, stored.version) == ("Two filling lines", 500_000, 2)
    assert stored.amount_changes.count() == 2


@pytest.mark.parametrize(("amount", "shown"), [("252800.00", "252,800"), ("0.50", "0.50")])
def test_an_edit_shows_the_amount_without_needless_decimals(as_user, company, deal, amount, shown):
    Opportunity.objects.filter(pk=deal.pk).update(amount=amount)
    page = as_user(company.owner).get(url("edit_opportunity", deal), headers=HTMX)
    assert f'value="{shown}"' in page.content.decode()


def test_a_stale_edit_shows_the_other_change_and_keeps_what_was_typed(as_user, company, deal):
    stale = edit_values(deal, name="Mine")
    update_opportunity(deal, by=company.manager, name="Theirs")
    client = as_user(company.owner)
    answer = client.post(url("edit_opportunity", deal), stale, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Mine"' in page
    assert "Stored now: Theirs" in page
    assert 'name="version" value="2"' in page
    assert Opportunity.objects.get(pk=deal.pk).name == "Theirs"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\x00"},
        {"amount": "-1"},
        {"amount": "9" * 30},
        {"currency": "12"},
        {"expected_close": "2002-02-31"},
        {"owner": "99999999"},
        {"version": ""},
        {"version": "9" * 30, "name": "Renamed"},
    ],
)
def test_a_wrong_edit_is_refused(as_user, company, deal, wrong):
    values = edit_values(deal, **wrong)
    answer = as_user(company.owner).post(url("edit_opportunity", deal), values, headers=HTMX)
    assert answer.status_code == 422
    assert Opportunity.objects.get(pk=deal.pk).version == 1


def test_a_deal_without_a_customer_is_given_one_and_keeps_it(as_user, company, deal, customer):
    Opportunity.objects.filter(pk=deal.pk).update(customer=None)
    hidden = create_customer(by=None, name="Elsewhere", owner=company.stranger)
    client, address = as_user(company.owner), url("edit_opportunity", deal)
    assert client.post(address, edit_values(deal, customer=hidden.pk)).status_code == 422
    client.post(address, edit_values(deal, customer=customer.pk))
    deal.refresh_from_db()
    assert deal.customer == customer
    assert 'name="customer"' not in client.get(address).content.decode()


def test_stages_are_clicked_and_the_last_move_undone(as_user, company, deal, stages):
    client = as_user(company.owner)
    values = {"stage": stages["Won"].pk, "version": deal.version}
    page = client.post(url("move", deal), values, headers=HTMX).content.decode()
    assert '<div id="deal" hx-swap-oob="true">' in page
    assert "Won on" in page
    client.post(f"{url('undo', deal)}?version=2", headers=HTMX)
    assert Opportunity.objects.get(pk=deal.pk).stage.name == "Qualified"


def test_archiving_takes_the_deal_off_the_board_and_can_be_taken_back(as_user, company, deal):
    client = as_user(company.owner)
    answer = client.post(url("archive_opportunity", deal), headers=HTMX)
    undo = json.loads(answer["HX-Trigger"])["toast"]["toasts"][0]["undo"]
    assert "Filling line" not in client.get("/deals/").content.decode()
    assert "Filling line" in client.get("/deals/list/?status=archived").content.decode()
    client.post(undo, headers=HTMX)
    assert "Filling line" in client.get("/deals/").content.decode()


def test_without_script_forms_lead_back_to_the_page(as_user, company, deal, stages):
    values = {"stage": stages["Proposal"].pk, "version": deal.version}
    answer = as_user(company.owner).post(url("move", deal), values)
    assert answer.status_code == 302
    assert answer.url == url("opportunity", deal)


@pytest.mark.parametrize("address", ["/deals/", "/deals/list/", "/deals/{pk}/"])
def test_a_deal_without_a_customer_is_told_apart_by_its_external_id(
    as_user, company, deal, address
):
    Opportunity.objects.filter(pk=deal.pk).update(customer=None, external_id="1C1I7A6R")
    page = as_user(company.owner).get(address.format(pk=deal.pk)).content.decode()
    assert "1C1I7A6R · Filling line" in page
