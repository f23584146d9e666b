"""From a history in the database to a model card, and to what the command prints of it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pipeline.estimation import law_of_late, months_in
from pipeline.estimation.backtest import backtest
from pipeline.histories import microseconds, read_deals
from pipeline.model_card import card_document
from pipeline.models import Backtest
from pipeline.services import backtests
from pipeline.services.backtests import run_backtest
from pipeline.services.estimates import FutureAsOf


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
