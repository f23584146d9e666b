"""What a drop on the board does, as the page sends it."""

import json
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pipeline import board_totals
from pipeline.models import LostReason, Opportunity
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    update_opportunity,
)
from pipeline.services.probabilities import set_own_probability

HTMX = {"HX-Request": "true"}


def send_move(client, deal, to, **values):
    url = f"{reverse('pipeline:move', args=[deal.pk])}?on=board"
    values = {"stage": to.pk, "version": deal.version} | values
    return client.post(url, values, headers=HTMX)


def toasts(answer):
    return json.loads(answer["HX-Trigger"])["toast"]["toasts"]


def heads(answer):
    """What the heads of columns say: how many deals, and what they come to."""
    found = re.findall(
        r"<h2>(\w+) <span class=\"column-count\">(\S+?)<.*?<p>\s*<span title=\"(.*?)\"",
        answer.content.decode(),
        re.DOTALL,
    )
    return {name: (count, total) for name, count, total in found}


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


def test_the_heads_tell_what_others_changed_since_the_board_was_opened(
    as_user, company, pipeline, customer, deal, stages
):
    client = as_user(company.owner)
    client.get("/deals/")
    values = {"pipeline": pipeline, "by": company.teammate, "customer": customer}
    moved = create_opportunity(**values, name="Spare parts", amount=Decimal(500))
    update_opportunity(deal, by=company.teammate, amount=Decimal(400_000))
    answer = send_move(client, deal, stages["Proposal"])
    assert heads(answer) == {"Qualified": ("1", "¥500"), "Proposal": ("1", "¥400,000")}
    # What stands elsewhere by now is counted where it is.
    move_opportunity(moved, to=stages["Negotiation"], by=company.teammate)
    answer = send_move(client, moved, stages["Proposal"])
    assert heads(answer) == {"Negotiation": ("0", "¥0"), "Proposal": ("2", "¥400,500")}


def test_of_kept_sums_nothing_is_left_once_the_last_deal_has_gone(
    as_user, company, pipeline, customer, deal, stages, monkeypatch
):
    monkeypatch.setattr(board_totals, "MANY", 1)
    client = as_user(company.owner)
    client.get("/deals/")
    update_opportunity(deal, by=company.teammate, amount=Decimal(400_000))
    assert heads(send_move(client, deal, stages["Proposal"]))["Qualified"] == ("0", "¥0")
    # Nobody has told this board of the deal that comes to Negotiation meanwhile.
    values = {"pipeline": pipeline, "by": company.teammate, "customer": customer}
    other = create_opportunity(**values, name="Spare parts", amount=Decimal(500))
    move_opportunity(other, to=stages["Negotiation"], by=company.teammate)
    answer = send_move(client, other, stages["Proposal"])
    assert heads(answer) == {"Negotiation": ("0", "¥0"), "Proposal": ("2", "¥400,500")}


def test_deals_alike_keep_what_is_likely_when_some_of_them_move_on(
    as_user, company, pipeline, customer, stages, monkeypatch
):
    monkeypatch.setattr(board_totals, "MANY", 1)
    values = {"pipeline": pipeline, "by": company.owner, "customer": customer}
    alike = [create_opportunity(**values, name=f"{n}", amount=Decimal(500)) for n in range(3)]
    client = as_user(company.owner)
    # Nobody knows a chance here, which is not the same as none of being won: only the heads of
    # the two empty stages say what is likely.
    assert client.get("/deals/").content.decode().count("· weighted") == 2
    page = send_move(client, alike[0], stages["Won"]).content.decode()
    assert heads(send_move(client, alike[1], stages["Won"]))["Qualified"] == ("1", "¥500")
    assert "weighted" not in page


def test_a_moved_card_shows_what_a_person_holds_its_chance_to_be(as_user, company, deal, stages):
    set_own_probability(deal, 0.65, by=company.owner)
    answer = send_move(as_user(company.owner), deal, stages["Proposal"])
    assert "is-own" in answer.content.decode()


def test_a_move_costs_as_many_queries_whatever_there_is(
    as_user, company, pipeline, customer, stages, monkeypatch, forget_cache
):
    monkeypatch.setattr(board_totals, "MANY", 1)
    client, costs = as_user(company.owner), []
    for count in (2, 30):
        deals = [
            create_opportunity(pipeline=pipeline, by=company.owner, name=f"{n}", customer=customer)
            for n in range(count)
        ]
        client.get("/deals/")
        send_move(client, deals[0], stages["Proposal"])
        with CaptureQueriesContext(connection) as asked:
            send_move(client, deals[1], stages["Proposal"])
        costs.append(len(asked))
    # Two of them are the transaction, and one asks who it is where no Redis tells.
    assert costs[0] == costs[1] <= 16
