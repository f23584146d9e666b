"""Withdrawing a deal's move that was not made just now: asked first, and taken back."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from core import clock
from pipeline.models import LostReason, Opportunity, StageChange
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    undo_move,
    update_opportunity,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lost(deal, stages, company):
    """The deal, lost by a teammate."""
    reason = LostReason.objects.create(name="Price")
    move_opportunity(deal, to=stages["Lost"], by=company.teammate, lost_reason=reason)
    return deal


def undo(client, deal, on=""):
    address = reverse("pipeline:undo", args=[deal.pk])
    return client.post(f"{address}?version={deal.version}{on}", headers=HTMX)


def toast(answer):
    return json.loads(answer["HX-Trigger"])["toast"]["toasts"][-1]


def standing(deal):
    deal = Opportunity.objects.get(pk=deal.pk)
    rows = StageChange.objects.live().filter(opportunity=deal).order_by("at", "pk")
    told = [(r.from_stage, r.to_stage, r.at, r.by, r.lost_reason) for r in rows]
    return deal.stage, deal.stage_entered_at, deal.closed_at, deal.lost_reason, told


@pytest.mark.parametrize(("hours", "is_asked"), [(0, False), (24, False), (25, True)])
def test_only_a_move_older_than_a_day_is_asked_about(
    as_user, company, lost, today, hours, is_asked
):
    clock.pin(today + timedelta(hours=hours))
    page = as_user(company.owner).get(reverse("pipeline:opportunity", args=[lost.pk]))
    question = 'hx-confirm="Withdraw the move “Qualified → Lost” of 15 Mar 2002?"'
    assert (question in page.content.decode()) is is_asked


@pytest.mark.parametrize("on", ["", "&on=board"])
def test_a_withdrawn_move_comes_back_as_it_was(as_user, company, lost, today, on):
    before = standing(lost)
    clock.pin(today + timedelta(days=60))
    client = as_user(company.owner)
    again = toast(undo(client, lost, on))["undo"]
    assert standing(lost)[0].name == "Qualified"
    answer = client.post(again, headers=HTMX)
    assert answer.status_code == 200
    assert standing(lost) == before
    client.post(toast(answer)["undo"], headers=HTMX)
    assert standing(lost)[0].name == "Qualified"


def test_a_deal_changed_meanwhile_stays_as_it_is(as_user, company, lost):
    client = as_user(company.owner)
    again = toast(undo(client, lost))["undo"]
    update_opportunity(Opportunity.objects.get(pk=lost.pk), by=company.manager, amount=1)
    before = standing(lost)
    answer = client.post(again, headers=HTMX)
    assert (answer.status_code, toast(answer)["level"]) == (422, "error")
    assert standing(lost) == before


def test_a_move_whose_stage_went_out_of_use_stays_undone(as_user, company, deal, stages):
    move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    client = as_user(company.owner)
    again = toast(undo(client, deal))["undo"]
    stages["Proposal"].retired_at = clock.now()
    stages["Proposal"].save(update_fields=["retired_at"])
    assert client.post(again, headers=HTMX).status_code == 422
    assert standing(deal)[0].name == "Qualified"


def test_only_who_sees_the_deal_restores_its_own_move(as_user, company, lost, pipeline, stages):
    again = toast(undo(as_user(company.owner), lost))["undo"]
    assert as_user(company.stranger).post(again, headers=HTMX).status_code == 404
    client = as_user(company.owner)
    assert client.get(again).status_code == 405
    other = create_opportunity(pipeline=pipeline, by=company.owner, name="Other")
    move_opportunity(other, to=stages["Won"], by=company.owner)
    theirs = undo_move(other, by=company.owner).pk
    address = reverse("pipeline:redo", args=[lost.pk, theirs])
    assert client.post(f"{address}?version=3", headers=HTMX).status_code == 404
    assert client.post(again.split("?")[0], headers=HTMX).status_code == 422
