"""When a model card is asked for, and the job that makes it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from core.models import DirtyFlag, Job
from core.money import MissingExchangeRate
from pipeline.models import Backtest, Estimate
from pipeline.services.backtest_requests import flag_name, request_after_estimate, request_backtest
from pipeline.services.backtests import run_backtest, run_flagged
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity

PAGE = "/funnel/model-card/"


@pytest.fixture
def asked(pipeline):
    """Whether a card was asked for since the last call."""

    def again():
        return bool(DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).delete()[0])

    return again


def estimate_of(pipeline, **fields):
    fields = {"as_of": clock.default_as_of(), "method": {}, "payload": {}, "law": {}} | fields
    return Estimate(pipeline=pipeline, inputs_hash="", subjects=0, **fields)


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
