"""The page of the model card: what it says, shows and waits for."""

import json

import numpy as np
import pytest

from core import clock
from core.models import Job
from pipeline import card_words
from pipeline.model_card import card_document
from pipeline.services.backtest_requests import flag_name, request_backtest
from pipeline.services.backtests import run_backtest, run_flagged
from pipeline.services.estimates import refresh
from tests.histories import write_history

PAGE = "/funnel/model-card/"


def _json_of(page, name):
    begun = page.index(">", page.index(f'id="{name}"')) + 1
    return json.loads(page[begun : page.index("</script>", begun)])


def test_the_page_says_it_shows_it_and_lists_every_rule(as_user, company, card, pipeline):
    page = as_user(company.stranger).get(PAGE).content.decode()
    document = card_document(card)
    for text in card_words.summary(document, counted="wins", leads="given_leads"):
        assert text in page
    for rule in document["wins"]["given_leads"]["rules"]:
        assert str(card_words.RULES[rule["rule"]]) in page
    assert "abrupt break" in page
    picture = _json_of(page, "card-forecasts-data")
    actual = [w["actual"] for w in document["wins"]["given_leads"]["windows"]]
    assert picture["actual"] == actual
    bins = _json_of(page, "card-reliability-data")["bins"]
    assert np.array([b["deals"] for b in bins]).sum() > 0
    assert bins == document["reliability"]


def test_the_card_names_the_half_life_of_the_rates_shown(history, pipeline, as_user, company):
    estimate = refresh(pipeline)
    estimate.method["half_life_days"] = 183.0
    estimate.save()
    card = run_backtest(pipeline)
    assert card_document(card)["half_life_days"] == 183.0
    assert "half-life of 183 days" in as_user(company.owner).get(PAGE).content.decode()


def test_every_choice_shows_its_own_windows(as_user, company, card):
    client = as_user(company.owner)
    for counted in ("wins", "value"):
        for leads in ("given_leads", "forecast_leads", "open"):
            address = f"{PAGE}?leads={leads}&counted={counted}"
            page = client.get(address, headers={"HX-Request": "true"}).content.decode()
            assert "<html" not in page
            told = [w["forecast"] for w in card.document[counted][leads]["windows"]]
            assert _json_of(page, "card-forecasts-data")["forecast"] == told


@pytest.mark.parametrize("query", ["leads=none", "counted=hours", "pipeline=999"])
def test_a_choice_that_there_is_not_is_not_found(as_user, company, card, query):
    assert as_user(company.owner).get(f"{PAGE}?{query}").status_code == 404


def test_before_the_first_card_a_manager_may_ask_and_a_rep_may_not(as_user, company, pipeline):
    page = as_user(company.owner).get(PAGE).content.decode()
    assert "No model card yet" in page
    assert "Judge now" not in page
    address = f"/funnel/{pipeline.pk}/judge/"
    assert as_user(company.owner).post(address).status_code == 403
    client = as_user(company.manager)
    assert "Judge now" in client.get(PAGE).content.decode()
    answer = client.post(address, headers={"HX-Request": "true"})
    job = Job.objects.get(kind="backtests")
    assert f'id="job-{job.pk}"' in answer.content.decode()
    assert f'id="job-{job.pk}"' in client.get(PAGE).content.decode()
    assert "is being made" in as_user(company.owner).get(PAGE).content.decode()


def test_a_page_that_waits_for_a_new_card_keeps_the_one_it_shows(as_user, company, card, pipeline):
    client = as_user(company.owner)
    request_backtest(pipeline, by=company.manager)
    page = client.get(PAGE).content.decode()
    assert "is being made" in page
    assert f'{{"X-Seen": "{card.pk}"}}' in page
    asking = {"HX-Request": "true", "X-Seen": str(card.pk)}
    assert client.get(PAGE, headers=asking).status_code == 204
    run_flagged(flag_name(pipeline.pk))
    assert client.get(PAGE, headers=asking).status_code == 200


def test_too_little_history_is_said_with_what_there_is_and_what_it_takes(
    as_user, company, pipeline, company_day
):
    clock.pin(company_day("2001-02-15"))
    write_history(pipeline, start=company_day("2001-01-01"), days=40, deals=60)
    card = run_backtest(pipeline)
    page = as_user(company.owner).get(PAGE).content.decode()
    wins = next(m for m in card.document["missing"] if m["code"] == "wins")
    assert f"{wins['has']:.0f} deals were won; it takes 30" in page
    assert "data-chart" not in page


def test_a_card_of_last_month_says_that_it_is_old(as_user, company, card, company_day):
    client = as_user(company.owner)
    assert "knows nothing after" not in client.get(PAGE).content.decode()
    clock.pin(company_day("2002-03-01"))
    assert "knows nothing after 10 Feb 2002" in client.get(PAGE).content.decode()


def test_a_page_without_any_pipeline_says_so(as_user, company):
    assert as_user(company.owner).get(PAGE).status_code == 200


def test_the_page_asks_the_database_the_same_however_long_the_history(
    as_user, company, card, django_assert_max_num_queries
):
    client = as_user(company.owner)
    with django_assert_max_num_queries(20):
        client.get(PAGE)
