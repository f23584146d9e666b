"""What products were listed at, and what past dates make of it."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import numpy as np
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from core import clock
from crm.models import PriceChange, Product
from pipeline.histories import microseconds, read_deals
from pipeline.models import Opportunity
from pipeline.services.backtests import run_backtest
from pipeline.services.estimates import refresh
from planning.forecasting import forecast_document
from tests.histories import write_history
from tests.pipeline.test_count_cube import assert_same, from_nothing, kept


@pytest.fixture
def press(db, company_day):
    clock.pin(company_day("2001-02-01"))
    return Product.objects.create(name="Press", price=55, currency="CNY")


def listed(product):
    rows = product.price_changes.order_by("id").values_list("price", "currency", "at")
    return [(price if price is None else int(price), code, at) for price, code, at in rows]


def amounts(pipeline, as_of=None):
    found = read_deals(pipeline, as_of=as_of or clock.default_as_of())
    return dict(zip(found.subject.tolist(), found.amount.tolist(), strict=True))


def by_save(product):
    product.price = 70
    product.save()


def by_update(product):
    Product.objects.filter(pk=product.pk).update(price=70)


def by_bulk_update(product):
    product.price = Decimal(70)
    Product.objects.bulk_update([product], ["price", "currency"])


def by_hand(product):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE crm_product SET price = 70 WHERE id = %s", [product.pk])


@pytest.mark.parametrize("write", [by_save, by_update, by_bulk_update, by_hand])
def test_whoever_sets_a_price_leaves_it_in_the_history(press, company_day, write):
    clock.pin(company_day("2001-05-01"))
    write(press)
    assert listed(press) == [(55, "CNY", None), (70, "CNY", company_day("2001-05-01"))]


def test_what_leaves_the_price_alone_leaves_its_history_alone(press):
    press.family = "Machines"
    press.save()
    assert len(listed(press)) == 1


def test_without_a_pinned_clock_a_price_holds_from_now(press):
    clock.pin(None)
    before = clock.now()
    by_save(press)
    _first, (_price, _currency, at) = listed(press)
    assert before - timedelta(seconds=5) < at < clock.now() + timedelta(seconds=5)


def test_the_history_of_prices_is_not_rewritten(press):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        press.price_changes.update(price=1)
    with pytest.raises(TypeError):
        press.price_changes.get().delete()
    press.delete()
    assert not PriceChange.objects.exists()


def test_products_from_before_are_listed_all_the_time_at_what_they_were_then(press):
    bare = Product.objects.create(name="Bare", currency="CNY")
    PriceChange.objects.all()._raw_delete("default")
    for _ in range(2):
        import_module("crm.migrations.0004_prices_so_far").write_prices(apps, None)
    assert listed(press) == [(55, "CNY", None)]
    assert listed(bare) == []


def test_a_past_date_knows_the_price_of_its_day(walk, pipeline, press, company_day):
    won = walk("03-01", ("Won", "04-01"), product=press)
    standing = walk("03-02", product=press)
    clock.pin(company_day("2001-05-01"))
    by_save(press)
    clock.pin(company_day("2001-06-01"))
    assert amounts(pipeline, company_day("2001-05-01")) == {won.pk: 55, standing.pk: 55}
    assert amounts(pipeline) == {won.pk: 55, standing.pk: 70}


def test_a_price_that_a_product_got_later_was_unknown_before(walk, pipeline, company_day):
    bare = Product.objects.create(name="Bare", currency="CNY")
    won = walk("03-01", ("Won", "04-01"), product=bare)
    standing = walk("03-02", product=bare)
    clock.pin(company_day("2001-05-01"))
    by_save(bare)
    assert all(map(np.isnan, amounts(pipeline, company_day("2001-05-01")).values()))
    assert amounts(pipeline) == {won.pk: 70, standing.pk: 70}


def test_estimate_and_forecast_of_a_past_date_stand_when_the_price_rises(
    walk, pipeline, press, company_day
):
    for day in ("03-01", "03-02", "03-03"):
        walk(day, ("Won", "04-01"), product=press)
        walk(day, product=press)
    then = company_day("2001-04-10")
    clock.pin(company_day("2001-05-01"))
    estimate = refresh(pipeline, as_of=then)
    forecast, present = forecast_document(estimate), refresh(pipeline)
    by_save(press)
    again = refresh(pipeline, as_of=then)
    assert again.pk == estimate.pk
    assert forecast_document(again) == forecast
    assert sum(refresh(pipeline).law["present"]["amount"]) > sum(present.law["present"]["amount"])


def test_no_forecast_of_the_model_card_knows_a_later_price(pipeline, press, company_day):
    then = company_day("2001-08-01")
    start = company_day("2001-01-01")
    write_history(pipeline, start=start, days=400, deals=500, known_from=lambda deal: None)
    Opportunity.objects.update(product=press)
    clock.pin(company_day("2002-02-10"))
    before = run_backtest(pipeline)
    clock.pin(then)
    by_save(press)
    clock.pin(company_day("2002-02-10"))
    after = run_backtest(pipeline)
    for thing in ("open", "given_leads", "forecast_leads"):
        known, found = (card.document["value"][thing]["windows"] for card in (before, after))
        told = sum(window["origin"] <= microseconds(then) for window in known)
        forecasts = [[window["forecast"] for window in each] for each in (known, found)]
        assert told >= 3
        assert forecasts[0][:told] == pytest.approx(forecasts[1][:told])
        assert forecasts[0][-1] < forecasts[1][-1]


def test_a_price_ahead_of_a_clock_that_was_set_back_is_counted_when_it_has_come(
    walk, pipeline, press, company_day
):
    deal = walk("03-01", product=press)
    clock.pin(company_day("2001-06-20"))
    by_save(press)
    clock.pin(company_day("2001-06-01"))
    assert kept(pipeline).margins.kept_by_month.sums[:, 2].sum() == 55
    clock.pin(company_day("2001-06-25"))
    assert amounts(pipeline) == {deal.pk: 70}
    assert_same(kept(pipeline), from_nothing(pipeline))
