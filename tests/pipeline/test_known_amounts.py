"""What deals were worth at instants of the past, answered from one reading of the history."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.models import ExchangeRate
from crm.models import Product
from pipeline.histories import microseconds, read_deals
from pipeline.models import AmountChange
from pipeline.services.backtests import run_backtest
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    update_opportunity,
)
from tests.histories import write_history


@pytest.fixture
def history(pipeline, company_day):
    clock.pin(company_day("2002-02-10"))
    return write_history(pipeline, start=company_day("2001-01-01"), days=400, deals=500)


@pytest.fixture
def tell(pipeline):
    """Write that a deal is worth so much from an instant on: tell(deal, 100, at)."""

    def write(deal, amount, at, **fields):
        row = {"amount": amount, "currency": "CNY", "at": at} | fields
        return AmountChange.objects.create(opportunity=deal, pipeline=pipeline, **row)

    return write


def worth_at(pipeline, instant, read_at=None):
    """Amount by deal, as it was known at ``instant``, by a reading at a later one or then."""
    found = read_deals(pipeline, as_of=read_at or instant)
    amount = found.amount_per_move_at(microseconds(instant))
    before = found.moves.at < microseconds(instant)
    rows = zip(found.moves.subject[before].tolist(), amount[before].tolist(), strict=True)
    return {deal: None if np.isnan(amount) else amount for deal, amount in rows}


def windows(card, thing="open"):
    return card.document["value"][thing]["windows"]


def forecasts_until(card, instant, thing):
    told = [w for w in windows(card, thing) if w["origin"] <= microseconds(instant)]
    return np.array([(w["forecast"], w["low80"], w["high80"]) for w in told])


def test_no_forecast_knows_an_amount_that_was_told_later(history, pipeline, tell, company_day):
    """From a day on every deal is worth ten times what it was."""
    then = company_day("2001-08-01")
    before = run_backtest(pipeline)
    for deal in history:
        tell(deal, 10 * deal.amount, max(then, deal.created_at))
    after = run_backtest(pipeline)
    for thing in ("open", "given_leads", "forecast_leads"):
        known, found = (forecasts_until(card, then, thing) for card in (before, after))
        assert len(known) >= 3
        assert found == pytest.approx(known)
    assert windows(after)[-1]["forecast"] > 5 * windows(before)[-1]["forecast"]


def test_what_came_is_judged_by_the_amount_at_the_win(history, pipeline, tell, company_day):
    before = run_backtest(pipeline)
    for deal in history:
        tell(deal, 10 * deal.amount, company_day("2002-02-09"))
    assert run_backtest(pipeline).document["value"] == before.document["value"]


def test_a_closing_amount_is_no_news_before_the_close(pipeline, company_day):
    """As most files have it. All deals have an amount by now, and at no date of the past did those
    that were open."""

    def known_from(deal):
        return deal.closed_at or company_day("2002-02-09")

    start = company_day("2001-01-01")
    write_history(pipeline, start=start, days=400, deals=500, known_from=known_from)
    clock.pin(company_day("2002-02-10"))
    document = run_backtest(pipeline).document
    assert (document["enough"], document["value"], document["value_refused"]) == (True, None, None)


def test_one_reading_answers_every_date_as_a_reading_of_that_date_would(
    pipeline, company, stages, company_day
):
    """Amounts changed, taken back, told late and withdrawn, in two currencies, and list prices."""
    rng = np.random.default_rng(3)
    lines = [Product.objects.create(name=f"Line {n}", currency="CNY", price=n) for n in (40, None)]
    rate = ExchangeRate.objects.create
    for month in range(1, 10):
        rate(base="USD", quote="CNY", date=f"2001-{month:02}-01", rate=6 + month)
    for day in range(1, 9):
        clock.pin(company_day(f"2001-0{day}-03", hour=9))
        _do_something(rng, pipeline, company, stages, lines)
        _list_anew(lines[day % 2], int(rng.integers(1, 90)) if day % 5 else None)
    now = clock.default_as_of()
    days = [f"2001-0{month}-{day}" for month in range(1, 9) for day in ("02", "04", "20")]
    for instant in map(company_day, days[:-1]):
        assert worth_at(pipeline, instant, read_at=now) == worth_at(pipeline, instant)


def _list_anew(product, price):
    product.price, product.currency = price, "CNY" if product.currency == "USD" else "USD"
    product.save()


def _do_something(rng, pipeline, company, stages, lines):
    for number in range(8):
        amount, currency = [(None, "CNY"), (100, "CNY"), (70, "USD"), (None, "CNY")][number % 4]
        create_opportunity(
            pipeline=pipeline,
            by=company.admin,
            name="D",
            amount=amount,
            currency=currency,
            product=[*lines, None][number % 3],
        )
    deals = list(pipeline.opportunities.order_by("pk"))
    for deal in rng.choice(deals, len(deals) // 2, replace=False):
        drawn = rng.integers(6)
        if drawn < 2:
            amount = int(rng.integers(1, 500)) if drawn else None
            update_opportunity(deal, by=company.admin, amount=amount)
        elif drawn == 2:
            late = clock.now() - timedelta(days=int(rng.integers(1, 60)))
            AmountChange.objects.create(
                opportunity=deal,
                pipeline=pipeline,
                amount=7,
                currency="CNY",
                at=late,
                known_from=clock.now(),
            )
        elif drawn == 3:
            row = deal.amount_changes.live().order_by("pk").last()
            if row:
                deal.amount_changes.filter(pk=row.pk).update(voided_by=row, voided_at=clock.now())
        else:
            to = stages["Won" if drawn == 4 else "Lost"]
            move_opportunity(deal, to=to, by=company.admin)


def test_all_dates_cost_one_reading(history, pipeline):
    with CaptureQueriesContext(connection) as asked:
        run_backtest(pipeline)
    reads = [query for query in asked if "pipeline_amountchange" in query["sql"]]
    assert len(reads) == 1
