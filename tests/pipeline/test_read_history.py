"""What an estimate takes from the database: who counts, at what worth, and known when."""

from datetime import date, timedelta

import pytest
from django.db import connection

from core import clock
from core.models import ExchangeRate
from crm.models import Product
from crm.services.customers import archive_customer, create_customer
from pipeline.histories import read_deals
from pipeline.models import Opportunity, StageChange
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    move_opportunity,
    undo_move,
    update_opportunity,
)


@pytest.fixture
def sell(pipeline, company, stages, company_day):
    """Open a deal on a day and move it along: sell("2001-03-01", ("Won", "2001-04-01"))."""

    def at(opened, *moves, **fields):
        clock.pin(company_day(opened, hour=9))
        deal = create_opportunity(pipeline=pipeline, by=company.admin, name="Line", **fields)
        for stage, day in moves:
            clock.pin(company_day(day, hour=9))
            move_opportunity(deal, to=stages[stage], by=company.admin)
        return deal

    return at


def by_name(estimate):
    return {row["name"]: row for row in estimate.payload["stages"]}


def revenue(estimate):
    return sum(estimate.law["present"]["won"])


def amounts(pipeline, as_of=None):
    found = read_deals(pipeline, as_of=as_of or clock.default_as_of())
    return dict(zip(found.subject.tolist(), found.amount.tolist(), strict=True))


def test_a_win_taken_back_leaves_no_revenue_and_counts_where_the_deal_went(
    sell, pipeline, stages, company
):
    deal = sell("2001-03-01", ("Won", "2001-04-01"), amount=500)
    assert revenue(refresh(pipeline)) == 500
    move_opportunity(deal, to=stages["Qualified"], by=company.admin)
    assert revenue(refresh(pipeline)) == 0
    move_opportunity(deal, to=stages["Lost"], by=company.admin)
    found = refresh(pipeline)
    row = by_name(found)["Qualified"]
    assert (row["entered"], row["advanced"], row["lost"]) == (1, 0, 1)
    assert revenue(found) == 0
    assert found.law["deals_won"] == 0


def test_a_win_taken_back_later_was_a_win_then(sell, pipeline, stages, company, company_day):
    deal = sell("2001-03-01", ("Won", "2001-04-01"), amount=500)
    before = refresh(pipeline, as_of=clock.default_as_of())
    clock.pin(company_day("2001-06-01"))
    move_opportunity(deal, to=stages["Qualified"], by=company.admin)
    assert refresh(pipeline, as_of=before.as_of).pk == before.pk


def test_a_deal_entered_as_won_brings_its_amount(sell, pipeline, stages):
    sell("2001-01-10", stage=stages["Won"], amount=900)
    sell("2001-02-10", ("Won", "2001-03-10"), amount=300)
    found = refresh(pipeline)
    assert found.law["present"]["won"] == [900, 0, 300]
    assert found.payload["amount_per_win"] == 600
    assert found.law["deals_won"] == 2


def test_revenue_is_the_amount_known_when_the_deal_was_won(sell, pipeline, company, company_day):
    deal = sell("2001-03-01", amount=100)
    update_opportunity(deal, by=company.admin, amount=200)
    move_opportunity(deal, to=pipeline.stages.get(is_won=True), by=company.admin)
    clock.pin(company_day("2001-05-01"))
    update_opportunity(deal, by=company.admin, amount=700)
    assert amounts(pipeline) == {deal.pk: 200}


def test_an_amount_first_told_after_the_win_is_better_than_none(
    sell, pipeline, company, company_day
):
    price = Product.objects.create(name="Press", price=55, currency="CNY")
    deal = sell("2001-03-01", ("Won", "2001-04-01"), product=price)
    assert amounts(pipeline) == {deal.pk: 55}
    clock.pin(company_day("2001-05-01"))
    update_opportunity(deal, by=company.admin, amount=60)
    clock.pin(company_day("2001-06-01"))
    update_opportunity(deal, by=company.admin, amount=70)
    assert amounts(pipeline) == {deal.pk: 60}
    assert amounts(pipeline, company_day("2001-04-15")) == {deal.pk: 55}


def test_a_won_amount_is_converted_at_the_companys_day_of_the_win(
    pipeline, company, stages, company_day
):
    for day, rate in ((1, 8), (2, 9), (20, 10)):
        ExchangeRate.objects.create(base="USD", quote="CNY", date=date(2001, 6, day), rate=rate)
    clock.pin(company_day("2001-06-02", hour=3))  # the day before, in UTC
    won = create_opportunity(
        pipeline=pipeline, by=company.admin, name="Line", amount=10, currency="USD"
    )
    standing = create_opportunity(
        pipeline=pipeline, by=company.admin, name="Line", amount=10, currency="USD"
    )
    move_opportunity(won, to=stages["Won"], by=company.admin)
    clock.pin(company_day("2001-06-25"))
    assert amounts(pipeline) == {won.pk: 90, standing.pk: 100}
    assert amounts(pipeline, company_day("2001-06-10")) == {won.pk: 90, standing.pk: 90}


def test_an_archived_deal_is_no_longer_in_the_open_pipeline(sell, pipeline, company, company_day):
    deal = sell("2001-03-01", amount=100)
    sell("2001-03-03", ("Lost", "2001-03-09"))
    clock.pin(company_day("2001-03-11", hour=9))
    assert refresh(pipeline).law["present"]["amount"] == [100]
    kept = refresh(pipeline)
    archive_opportunity(deal, by=company.admin)
    found = refresh(pipeline)
    assert found.pk != kept.pk
    assert found.law["present"]["amount"] == []
    row = by_name(found)["Qualified"]
    assert (row["entered"], row["lost"], row["open"]) == (2, 1, 1)
    clock.pin(company_day("2001-09-01"))
    assert by_name(refresh(pipeline))["Qualified"]["success"] == row["success"]
    before = refresh(pipeline, as_of=company_day("2001-03-05")).law["present"]
    assert (before["known"], before["amount"]) == ([0, 1], [0, 100])


def test_an_archived_customer_is_no_longer_waiting_on_the_ladder(pipeline, company, company_day):
    clock.pin(company_day("2001-03-01"))
    people = [create_customer(by=company.admin, name=name) for name in "AB"]
    clock.pin(company_day("2001-04-01"))
    archive_customer(people[0], by=company.admin)
    found = refresh(pipeline)
    assert by_name(found)["Suspect"]["entered"] == 2
    assert len(found.law["present"]["stage"]) == 1


def test_a_deal_added_while_the_history_is_read_does_not_break_it(sell, pipeline):
    price = Product.objects.create(name="Press", price=55, currency="CNY")
    first = sell("2001-03-01", amount=100)
    added = []

    def meanwhile(execute, sql, params, many, context):
        if "pipeline_amountchange" in sql and not added:
            added.append(True)
            added.append(sell("2001-03-01", amount=7))
            added.append(sell("2001-03-01", product=price))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        assert amounts(pipeline) == {first.pk: 100}
    assert len(added) == 3


def test_a_later_deal_is_no_part_of_what_was_known(sell, pipeline, company, company_day):
    sell("2001-03-01", ("Won", "2001-04-01"), amount=5)
    clock.pin(company_day("2001-05-01"))
    before = refresh(pipeline, as_of=company_day("2001-05-01"))
    sell("2001-05-02", amount=8)
    clock.pin(company_day("2001-07-01"))
    create_opportunity(
        pipeline=pipeline,
        by=company.admin,
        name="Told late",
        amount=9,
        created_at=company_day("2001-04-02"),
    )
    assert refresh(pipeline, as_of=company_day("2001-05-01")).pk == before.pk


def test_an_undo_leaves_the_past_as_it_was_known(sell, pipeline, company, company_day):
    deal = sell("2001-03-01", ("Won", "2001-04-01"), amount=5)
    clock.pin(company_day("2001-05-01"))
    before = refresh(pipeline, as_of=company_day("2001-05-01"))
    clock.pin(company_day("2001-06-01"))
    undo_move(deal, by=company.admin)
    assert refresh(pipeline, as_of=company_day("2001-05-01")).pk == before.pk
    assert revenue(refresh(pipeline)) == 0


def test_undated_deals_that_came_later_are_not_counted_before(sell, pipeline, stages, company_day):
    for created in (None, company_day("2001-03-01"), company_day("2001-06-01")):
        Opportunity.objects.create(
            pipeline=pipeline,
            stage=stages["Qualified"],
            name="?",
            currency="CNY",
            created_at=created,
        )
    assert read_deals(pipeline, as_of=company_day("2001-05-01")).undated == 2
    assert read_deals(pipeline, as_of=company_day("2001-07-01")).undated == 3


def test_a_history_without_deals_is_read(pipeline):
    found = read_deals(pipeline, as_of=clock.now() + timedelta(days=1))
    assert (len(found.subject), len(found.moves), len(found.amount)) == (0, 0, 0)


def test_what_happens_at_the_very_instant_is_not_known_yet(pipeline, stages, company, company_day):
    first, second = company_day("2001-03-01"), company_day("2001-03-05")
    clock.pin(first)
    deal = create_opportunity(pipeline=pipeline, by=company.admin, name="Line")
    clock.pin(second)
    move_opportunity(deal, to=stages["Proposal"], by=company.admin)
    known = StageChange.objects.known_at(second)
    assert [change.to_stage for change in known] == [stages["Qualified"]]
