"""A person's own word on a deal's chance, typed on the deal's page."""

import json

import pytest
from django.urls import reverse

from pipeline.models import OwnProbability
from pipeline.services.opportunities import move_opportunity
from pipeline.services.probabilities import set_own_probability
from tests.pipeline.laws import write_estimate

HTMX = {"HX-Request": "true"}


def standing(deal):
    row = deal.own_probabilities.order_by("id").last()
    return row.probability if row else None


def say(client, deal, percent, **fields):
    deal.refresh_from_db()
    values = {"percent": percent, "version": deal.version} | fields
    return client.post(reverse("pipeline:own_probability", args=[deal.pk]), values, headers=HTMX)


@pytest.fixture
def page(as_user, company):
    return as_user(company.owner)


@pytest.mark.parametrize(
    ("typed", "kept"), [("60", 0.6), ("60 %", 0.6), ("12.5", 0.125), ("６０％", 0.6), ("0", 0.0)]
)
def test_it_is_typed_in_percent(page, deal, typed, kept):
    answer = say(page, deal, typed)
    assert answer.status_code == 200
    assert standing(deal) == kept
    assert f'value="{100 * kept:g}"' in answer.content.decode()


def test_the_models_chance_stays_beside_it(page, deal, today):
    write_estimate(deal.pipeline, as_of=today, chances=(0.25, 0.4, 0.7))
    shown = say(page, deal, "60").content.decode()
    assert "25\u202f%</strong>" in shown
    assert "60\u202f%, kept on" in shown
    assert "Li" in shown


def test_the_history_tells_what_was_said(page, deal):
    say(page, deal, "60")
    shown = say(page, deal, "").content.decode()
    history = shown[shown.index('class="deal-history"') :]
    assert history.index("Own chance taken back") < history.index("60\u202f%")


def test_an_empty_field_takes_it_back_and_undo_brings_it_again(page, deal):
    say(page, deal, "60")
    taken = say(page, deal, "")
    assert standing(deal) is None
    undo = json.loads(taken["HX-Trigger"])["toast"]["toasts"][0]["undo"]
    assert page.post(undo, headers=HTMX).status_code == 200
    assert standing(deal) == 0.6


@pytest.mark.parametrize("typed", ["101", "-1", "much", "NaN", "1e999", "9" * 400, "\x00"])
def test_what_makes_no_sense_is_said_beside_the_field(page, deal, typed):
    answer = say(page, deal, typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#own-chance"
    assert "invalid-feedback" in shown
    assert "<html" not in shown
    assert not OwnProbability.objects.exists()


def test_a_stale_page_is_refused_keeps_what_was_typed_and_may_be_sent_again(page, deal, company):
    stale = deal.version
    set_own_probability(deal, 0.2, by=company.manager)
    answer = say(page, deal, "60", version=stale)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this meanwhile" in shown
    assert 'value="60"' in shown
    assert f'name="version" value="{deal.version}"' in shown
    assert "20\u202f%, kept on" in shown
    assert say(page, deal, "60").status_code == 200


@pytest.mark.parametrize(
    ("who", "status"), [("teammate", 200), ("manager", 200), ("stranger", 404)]
)
def test_who_may_say_it(as_user, company, deal, who, status):
    assert say(as_user(getattr(company, who)), deal, "60").status_code == status


def test_without_script_the_page_itself_answers(page, deal):
    address = reverse("pipeline:own_probability", args=[deal.pk])
    refused = page.post(address, {"percent": "x", "version": deal.version})
    assert refused.status_code == 422
    assert "<html" in refused.content.decode()
    kept = page.post(address, {"percent": "60", "version": deal.version})
    assert kept.url == reverse("pipeline:opportunity", args=[deal.pk])


def test_a_closed_deal_shows_what_was_held_and_asks_no_more(page, deal, stages, company):
    say(page, deal, "60")
    deal.refresh_from_db()
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    shown = page.get(reverse("pipeline:opportunity", args=[deal.pk])).content.decode()
    assert "60\u202f%, kept on" in shown
    assert 'name="percent"' not in shown
