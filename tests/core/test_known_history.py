"""What a history was held to say at an instant, whatever was learned of it later."""

from datetime import timedelta

import pytest

from core import clock
from crm.models import LifecycleChange
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer, undo_last_move
from pipeline.models import AmountChange, StageChange
from pipeline.services.opportunities import create_opportunity, move_opportunity, undo_move

JUST_AFTER = timedelta(microseconds=1)


@pytest.fixture
def may(db, company_day):
    clock.pin(company_day("2001-05-01"))
    return company_day("2001-05-01")


def open_deal(pipeline, company, **fields):
    return create_opportunity(pipeline=pipeline, by=company.owner, name="Line", **fields)


def test_a_deal_entered_late_is_news_of_its_entry(may, pipeline, company, company_day):
    open_deal(pipeline, company, amount=5, created_at=company_day("2001-03-01"))
    for history in (StageChange, AmountChange):
        assert not history.objects.known_at(company_day("2001-04-01")).exists()
        assert not history.objects.known_at(may).exists()
        assert history.objects.known_at(may + JUST_AFTER).count() == 1


def test_a_move_dated_back_is_unknown_before_it_was_told(
    may, pipeline, company, company_day, stages
):
    deal = open_deal(pipeline, company)
    clock.pin(company_day("2001-07-01"))
    told = move_opportunity(
        deal, to=stages["Proposal"], by=company.owner, at=company_day("2001-05-11")
    )
    known = StageChange.objects.known_at
    assert told not in known(company_day("2001-06-01"))
    assert told in known(clock.default_as_of())


def test_an_undone_move_held_until_it_was_undone(may, pipeline, company, company_day, stages):
    deal = open_deal(pipeline, company)
    move = move_opportunity(deal, to=stages["Won"], by=company.owner)
    clock.pin(company_day("2001-06-01"))
    undo_move(deal, by=company.owner)
    known = StageChange.objects.known_at
    assert move in known(company_day("2001-05-15"))
    assert move in known(company_day("2001-06-01"))
    assert move not in known(clock.default_as_of())


def test_a_customers_move_is_known_and_forgotten_likewise(may, ladder, company, company_day):
    customer = create_customer(by=company.owner, name="C", created_at=company_day("2001-03-01"))
    prospect = ladder.stages.get(name="Prospect")
    told = move_customer(customer, to=prospect, by=company.owner, at=company_day("2001-04-01"))
    known = LifecycleChange.objects.known_at
    assert not known(may).exists()
    clock.pin(company_day("2001-06-01"))
    undo_last_move(told, by=company.owner)
    assert told in known(company_day("2001-05-15"))
    assert told not in known(clock.default_as_of())


def test_a_row_that_a_correction_voided_never_held(may, pipeline, company, company_day):
    deal = open_deal(pipeline, company)
    wrong = deal.stage_changes.get()
    StageChange.objects.filter(pk=wrong.pk).update(voided_by=wrong)
    assert not StageChange.objects.known_at(company_day("2001-05-15")).exists()


def test_the_database_keeps_when_a_fact_was_told(may, pipeline, company):
    from django.db import DatabaseError, transaction

    deal = open_deal(pipeline, company)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        deal.stage_changes.update(known_from=may)
