"""Rates that cannot be computed anew: the page says so, and who can mend it is told once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core import clock
from core.models import DirtyFlag, ExchangeRate, Notice
from core.money import MissingExchangeRate
from core.services import dirty
from pipeline.services.estimates import refresh, refresh_flagged
from pipeline.services.opportunities import create_opportunity
from pipeline.services.requests import flag_name, request_estimate
from tests.histories import write_history

FUNNEL = "/funnel/"
FAILED = "newer ones could not be computed"


@pytest.fixture
def flag(pipeline, company, company_day):
    """Of a pipeline with rates, and then a deal in a currency without a rate."""
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=60)
    refresh(pipeline)
    clock.pin(company_day("2002-01-05"))
    create_opportunity(pipeline=pipeline, by=company.owner, name="x", amount=5, currency="USD")
    return flag_name(pipeline.pk)


def fail(flag, times=1):
    for _ in range(times):
        DirtyFlag.objects.filter(name=flag).update(not_before=timezone.now() - timedelta(days=1))
        with pytest.raises(MissingExchangeRate):
            refresh_flagged(flag)


def test_the_funnel_says_from_when_its_rates_are_and_why(as_user, company, flag):
    client = as_user(company.owner)
    assert FAILED not in client.get(FUNNEL).content.decode()
    fail(flag)
    page = client.get(FUNNEL).content.decode()
    assert "These rates are of 1 Jan 2002" in page
    assert FAILED in page
    assert "No exchange rate from USD to CNY on 2002-01-05. Add one in Admin." in page
    assert "MissingExchangeRate" not in page


def test_each_reader_gets_the_reason_in_their_language(as_user, company, flag):
    fail(flag)
    client = as_user(company.owner)
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    page = client.get(FUNNEL).content.decode()
    assert "No exchange rate" not in page
    assert "USD" in page


def test_with_the_missing_rate_the_words_go(as_user, company, flag, company_day, pipeline):
    fail(flag)
    day = company_day("2001-01-01").date()
    ExchangeRate.objects.create(base="USD", quote="CNY", date=day, rate=Decimal(8))
    request_estimate(pipeline, by=company.admin)
    refresh_flagged(flag)
    assert FAILED not in as_user(company.owner).get(FUNNEL).content.decode()


def test_without_any_rates_the_page_says_what_is_in_the_way(as_user, company, pipeline):
    create_opportunity(pipeline=pipeline, by=company.owner, name="x", amount=5, currency="USD")
    fail(flag_name(pipeline.pk))
    page = as_user(company.owner).get(FUNNEL).content.decode()
    assert "The rates could not be computed: No exchange rate from USD" in page


def test_an_error_of_the_program_is_no_python_on_the_page(as_user, company, pipeline):
    def work():
        raise RuntimeError("no disk")

    dirty.mark(flag_name(pipeline.pk))
    with pytest.raises(RuntimeError):
        dirty.run_claimed(flag_name(pipeline.pk), work)
    assert "no disk" in DirtyFlag.objects.get(name=flag_name(pipeline.pk)).last_error
    page = as_user(company.owner).get(FUNNEL).content.decode()
    assert "An error of the program" in page
    assert "RuntimeError" not in page
    assert not Notice.objects.exists()


def test_the_flag_keeps_a_readable_reason(flag):
    fail(flag)
    assert DirtyFlag.objects.get(name=flag).last_error.startswith("No exchange rate from USD to")


def test_admins_are_told_once_however_often_it_fails(as_user, company, flag, pipeline):
    fail(flag, times=3)
    notice = Notice.objects.get()
    assert notice.user == company.admin
    page = as_user(company.admin).get("/notices/").content.decode()
    assert "No exchange rate from USD to CNY" in page
    assert as_user(company.admin).get(f"/notices/{notice.pk}/").url == notice.url
    assert notice.url == f"{FUNNEL}?pipeline={pipeline.pk}"
