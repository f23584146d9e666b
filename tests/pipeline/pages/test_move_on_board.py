"""What a drop on the board does, as the page sends it."""

import json

import pytest
from django.urls import reverse

from pipeline.models import LostReason, Opportunity
from pipeline.services.opportunities import update_opportunity

HTMX = {"HX-Request": "true"}


def send_move(client, deal, to, **values):
    url = f"{reverse('pipeline:move', args=[deal.pk])}?on=board"
    values = {"stage": to.pk, "version": deal.version} | values
    return client.post(url, values, headers=HTMX)


def toasts(answer):
    return json.loads(answer["HX-Trigger"])["toast"]["toasts"]


def stage_of(deal):
    return Opportunity.objects.get(pk=deal.pk).stage.name


def test_a_move_answers_both_column_heads_and_the_card(as_user, company, deal, stages):
    answer = send_move(as_user(company.owner), deal, stages["Proposal"])
    page = answer.content.decode()
    assert stage_of(deal) == "Proposal"
    for name in ("Qualified", "Proposal"):
        assert f'id="column-head-{stages[name].pk}" hx-swap-oob="true"' in page
    assert f'id="column-head-{stages["Won"].pk}"' not in page
    assert 'data-version="2"' in page


def test_the_toast_takes_the_move_back(as_user, company, deal, stages):
    client = as_user(company.owner)
    undo = toasts(send_move(client, deal, stages["Proposal"]))[0]["undo"]
    answer = client.post(undo, headers=HTMX)
    assert answer.status_code == 200
    assert stage_of(deal) == "Qualified"
    assert f"afterbegin:#cards-{stages['Qualified'].pk}" in answer.content.decode()


def test_an_undo_that_somebody_overtook_is_refused(as_user, company, deal, stages):
    client = as_user(company.owner)
    undo = toasts(send_move(client, deal, stages["Proposal"]))[0]["undo"]
    update_opportunity(Opportunity.objects.get(pk=deal.pk), by=company.manager, name="Renamed")
    answer = client.post(undo, headers=HTMX)
    assert answer.status_code == 422
    assert toasts(answer)[0]["level"] == "error"
    assert stage_of(deal) == "Proposal"


def test_a_stale_move_is_refused_and_shows_the_card_where_it_is(as_user, company, deal, stages):
    client = as_user(company.owner)
    send_move(client, deal, stages["Negotiation"])
    answer = send_move(client, deal, stages["Proposal"])
    assert answer.status_code == 422
    assert "Somebody else changed this" in toasts(answer)[0]["text"]
    assert f"afterbegin:#cards-{stages['Negotiation'].pk}" in answer.content.decode()
    assert stage_of(deal) == "Negotiation"


def test_lost_wants_its_reason(as_user, company, deal, stages):
    reason = LostReason.objects.create(name="Price")
    client = as_user(company.owner)
    answer = send_move(client, deal, stages["Lost"])
    assert answer.status_code == 422
    assert toasts(answer)[0]["text"] == "Say why the deal was lost."
    assert stage_of(deal) == "Qualified"
    assert send_move(client, deal, stages["Lost"], lost_reason=reason.pk).status_code == 200
    assert Opportunity.objects.get(pk=deal.pk).lost_reason == reason


def test_a_deal_out_of_sight_cannot_be_moved(as_user, company, deal, stages):
    assert send_move(as_user(company.stranger), deal, stages["Won"]).status_code == 404
    assert stage_of(deal) == "Qualified"


@pytest.mark.parametrize(
    "values",
    [
        {"stage": "x"},
        {"stage": "99999999999999999999999"},
        {"stage": ""},
        {"version": "x"},
        {"version": "-1"},
        {"lost_reason": "x"},
    ],
)
def test_a_senseless_move_is_refused_with_words(as_user, company, deal, stages, values):
    answer = send_move(as_user(company.owner), deal, stages["Proposal"], **values)
    assert answer.status_code == 422
    assert toasts(answer)[0]["text"]
    assert stage_of(deal) == "Qualified"


def test_a_move_needs_a_post(as_user, company, deal):
    url = reverse("pipeline:move", args=[deal.pk])
    assert as_user(company.owner).get(url).status_code == 405


def test_the_heads_of_a_filtered_board_count_what_is_shown(as_user, company, deal, stages):
    url = f"{reverse('pipeline:move', args=[deal.pk])}?on=board&q=nothing+like+it"
    values = {"stage": stages["Proposal"].pk, "version": deal.version}
    page = as_user(company.owner).post(url, values, headers=HTMX).content.decode()
    assert 'column-count">0<' in page
