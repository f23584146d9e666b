"""From a history in the database to a model card: job, command, page and its sentences."""

import json
from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core import clock
from core.models import DirtyFlag, Job
from core.money import MissingExchangeRate
from pipeline import card_words
from pipeline.estimation import law_of_late, months_in
from pipeline.estimation.backtest import backtest
from pipeline.histories import microseconds, read_deals
from pipeline.model_card import card_document
from pipeline.models import Backtest, Estimate
from pipeline.own_scores import OwnScore
from pipeline.services import backtests
from pipeline.services.backtest_requests import flag_name, request_after_estimate, request_backtest
from pipeline.services.backtests import run_backtest, run_flagged
from pipeline.services.estimates import FutureAsOf, refresh
from pipeline.services.opportunities import create_opportunity
from tests.histories import write_history

PAGE = "/funnel/model-card/"


@pytest.fixture
def history(pipeline, company_day):
    clock.pin(company_day("2002-02-10"))
    return write_history(pipeline, start=company_day("2001-01-01"), days=400, deals=500)


@pytest.fixture
def card(history, pipeline):
    return run_backtest(pipeline)


@pytest.fixture
def asked(pipeline):
    """Whether a card was asked for since the last call."""

    def again():
        return bool(DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).delete()[0])

    return again


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def estimate_of(pipeline, **fields):
    fields = {"as_of": clock.default_as_of(), "method": {}, "payload": {}, "law": {}} | fields
    return Estimate(pipeline=pipeline, inputs_hash="", subjects=0, **fields)


def test_the_card_is_the_backtest_of_the_history(card, pipeline):
    history = read_deals(pipeline, as_of=card.as_of)
    told = backtest(
        history.moves,
        history.stages,
        as_of=microseconds(card.as_of),
        month_of=months_in("Asia/Shanghai"),
        amount_at=history.amount_per_move_at,
        watched_until=history.watched_until,
        law_of=law_of_late(months_in("Asia/Shanghai")),
    )
    method = card.document["wins"]["given_leads"]["method"]
    assert method["mape"] == pytest.approx(told.wins.given_leads.method.mape)
    assert card.document["value"]["open"]["method"]["bias"] == pytest.approx(
        told.value.open.method.bias
    )
    assert tuple(card.document["origins"]) == told.origins
    assert (card.deals, card.sample) == (500, 1)
    opened = pipeline.opportunities.values_list("created_at", flat=True)
    assert card.history_from == min(opened)


def test_the_document_is_json_that_a_database_takes(card):
    card.refresh_from_db()
    assert json.loads(json.dumps(card.document, allow_nan=False)) == card.document
    assert backtests._finite({"high": [float("inf"), 2.0]}) == {"high": [None, 2.0]}


def test_the_card_names_the_half_life_of_the_rates_shown(history, pipeline, as_user, company):
    estimate = refresh(pipeline)
    estimate.method["half_life_days"] = 183.0
    estimate.save()
    card = run_backtest(pipeline)
    assert card_document(card)["half_life_days"] == 183.0
    assert "half-life of 183 days" in as_user(company.owner).get(PAGE).content.decode()


def test_of_very_many_deals_a_fair_sample_is_judged(history, pipeline, monkeypatch):
    monkeypatch.setattr(backtests, "MOST_DEALS", 200)
    card = run_backtest(pipeline)
    assert card.sample == 3
    assert card.deals == len([deal for deal in history if deal.pk % 3 == 0])


def test_a_card_of_a_past_date_knows_nothing_later(history, pipeline, company_day):
    card = run_backtest(pipeline, as_of=company_day("2001-11-01"))
    assert card.deals == len([d for d in history if d.created_at < company_day("2001-11-01")])
    assert max(card.document["origins"]) < microseconds(company_day("2001-11-01"))
    with pytest.raises(FutureAsOf):
        run_backtest(pipeline, as_of=company_day("2002-03-01"))


def test_the_last_24_are_kept_and_the_newest_counts(pipeline):
    for day in range(26):
        at = timezone.now() - timedelta(days=day)
        backtests._keep(pipeline=pipeline, as_of=at, deals=0, document={"day": day})
    kept = Backtest.objects.filter(pipeline=pipeline)
    assert sorted(card.document["day"] for card in kept) == list(range(2, 26))
    assert Backtest.objects.latest_for(pipeline).document == {"day": 2}


def test_a_pipeline_without_any_move_has_too_little_history(pipeline):
    card = run_backtest(pipeline)
    assert not card.document["enough"]
    assert card.history_from is None
    assert [each["code"] for each in card.document["missing"]] == ["months", "wins", "origins"]


def test_the_job_tells_how_far_it_is_and_names_the_card(history, pipeline, company):
    told = []
    run_backtest(pipeline, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    job = request_backtest(pipeline, by=company.manager)
    run_flagged(flag_name(pipeline.pk))
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert job.result == {"backtest": Backtest.objects.latest_for(pipeline).pk}


def test_many_requests_are_one_backtest(history, pipeline, company):
    for person in (company.manager, company.admin, company.manager):
        request_backtest(pipeline, by=person)
    run_flagged(flag_name(pipeline.pk))
    assert Backtest.objects.count() == 1
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.DONE}


def test_an_amount_without_a_rate_fails_the_job_with_a_sentence(pipeline, company, as_user):
    create_opportunity(pipeline=pipeline, by=company.owner, name="x", amount=5, currency="USD")
    job = request_backtest(pipeline, by=company.manager)
    with pytest.raises(MissingExchangeRate):
        run_flagged(flag_name(pipeline.pk))
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.error.startswith("No exchange rate from USD to CNY")
    page = as_user(company.owner).get(PAGE).content.decode()
    assert "The card could not be made: No exchange rate from USD to CNY" in page


def test_the_first_rates_ask_for_the_first_card(
    history, pipeline, asked, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        refresh(pipeline)
    assert asked()


def test_a_card_follows_once_a_month_and_not_for_the_past(card, pipeline, asked, company_day):
    def asks(**fields):
        request_after_estimate(estimate_of(pipeline, **fields))
        return asked()

    assert not asks()
    clock.pin(company_day("2002-03-01", 9))
    assert asks()
    assert not asks(as_of=company_day("2002-02-20"))
    assert not asks(segment="team")


def test_a_card_of_too_little_history_follows_the_next_rates(pipeline, asked, company_day):
    clock.pin(company_day("2002-02-10"))
    run_backtest(pipeline)
    request_after_estimate(estimate_of(pipeline))
    assert asked()


def test_rates_ask_for_a_card_once_an_hour_at_most(history, pipeline, company_day):
    flag = DirtyFlag.objects.filter(name=flag_name(pipeline.pk))
    for _ in range(3):
        request_after_estimate(estimate_of(pipeline))
    assert flag.get().requested_seq == 1
    assert flag.get().not_before > timezone.now() + timedelta(seconds=10)
    run_now(flag)
    clock.pin(company_day("2002-03-05"))
    request_after_estimate(estimate_of(pipeline))
    assert flag.get().requested_seq == 1
    flag.update(first_requested_at=timezone.now() - timedelta(hours=2))
    request_after_estimate(estimate_of(pipeline))
    assert flag.get().requested_seq == 2


def run_now(flag):
    flag.update(not_before=timezone.now() - timedelta(seconds=1))
    run_flagged(flag.get().name)
    assert flag.get().done_seq == 1


def test_the_command_prints_the_method_beside_every_rule(history, pipeline):
    out = StringIO()
    call_command("backtest", pipeline=pipeline.name, stdout=out)
    text = out.getvalue()
    card = Backtest.objects.latest_for(pipeline)
    mape = card.document["wins"]["given_leads"]["method"]["mape"]
    line = next(row for row in text.splitlines() if row.startswith("this method"))
    assert f"{mape:.1%}" in line
    for rule in ("closed rate", "won per created", "last year", "weighted pipeline"):
        assert text.count(f"\n{rule} ") >= 4
    assert "Brier" in text


def test_the_command_prints_one_json_document(card, pipeline):
    out = StringIO()
    call_command("backtest", "--json", pipeline=pipeline.name, stdout=out)
    document = json.loads(out.getvalue())
    assert document["wins"] == card_document(card)["wins"]


def test_the_command_says_what_is_missing_and_refuses_what_is_not_there(pipeline):
    out = StringIO()
    call_command("backtest", pipeline=pipeline.name, stdout=out)
    assert "wins: 0, needed 30" in out.getvalue()
    with pytest.raises(CommandError, match="No pipeline is called 'Other'"):
        call_command("backtest", pipeline="Other", stdout=out)


def scores(**fields):
    return {
        "windows": 12,
        "mape": 0.14,
        "bias": 0.09,
        "coverage80": 0.75,
        "cells": 20,
        "step_coverage80": 0.8,
    } | fields


def document_of(method, **rules):
    rows = [{"rule": rule, "scores": each} for rule, each in rules.items()]
    comparison = {"method": method, "rules": rows, "windows": []}
    return {"unit": "month", "horizon": 12, "wins": {"given_leads": comparison}}


def said(document):
    words = " ".join(card_words.summary(document, counted="wins", leads="given_leads"))
    return words.replace("\u202f", " ")


def test_the_manager_reads_how_far_off_and_beside_the_usual_rule():
    words = said(document_of(scores(), closed_rate=scores(mape=0.5, bias=-0.48)))
    assert "12 months ahead with this method at 12 dates of the past" in words
    assert "you would have been 9 % high on the whole" in words
    assert "14 % off on average" in words
    assert "“Closed rate × leads”: 48 % low, and 50 % off on average" in words
    assert "No rule of thumb came closer" in words
    assert "16 of 20 single months fell inside the 80 % band" in words
    assert "hint" not in words


def test_a_rule_that_came_closer_is_not_hidden():
    rules = {"closed_rate": scores(mape=0.5), "last_year": scores(mape=0.1)}
    words = said(document_of(scores(), **rules))
    assert "A rule of thumb came closer here: “Last year × growth”, 10 % off" in words
    assert "No rule of thumb" not in words


def test_the_usual_rule_that_came_closer_is_named_once_and_with_advice():
    words = said(document_of(scores(), closed_rate=scores(mape=0.1), last_year=scores(mape=0.5)))
    assert words.count("“Closed rate × leads”") == 1
    assert "A rule of thumb came closer here: “Closed rate × leads”, 10 % off" in words
    assert "plan with both" in words
    assert "plan with both" not in said(document_of(scores(), closed_rate=scores(mape=0.5)))


@pytest.mark.parametrize(
    ("cells", "inside", "is_said"), [(20, 0.6, True), (20, 0.65, False), (19, 0.3, False)]
)
def test_bands_that_are_too_narrow_are_called_so(cells, inside, is_said):
    words = said(document_of(scores(cells=cells, step_coverage80=inside)))
    assert ("The bands are too narrow here" in words) == is_said


def test_few_dates_are_called_a_hint_and_few_months_give_way_to_sums():
    words = said(document_of(scores(windows=4, cells=2), closed_rate=scores(mape=0.5)))
    assert "Only 4 forecasts could be judged" in words
    assert "3 of 4 forecasts fell inside" in words
    assert "neither high nor low" in said(document_of(scores(bias=0.003)))
    assert "Nothing was won" in said(document_of(scores(mape=None)))


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (OwnScore(0, None, None, 2), "None of the deals you may see"),
        (OwnScore(7, 0.1, 0.2, 0), "too few to say"),
        (OwnScore(40, 0.1, 0.2, 0), "People were closer"),
        (OwnScore(40, 0.2, 0.1, 0), "The rates were closer"),
        (OwnScore(40, 0.2, 0.199, 0), "about as close"),
    ],
)
def test_who_was_closer_people_or_the_rates(score, words):
    assert words in card_words.own(score)


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


def _json_of(page, name):
    begun = page.index(">", page.index(f'id="{name}"')) + 1
    return json.loads(page[begun : page.index("</script>", begun)])


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
