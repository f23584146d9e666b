import pytest

from core import clock
from core.models import DirtyFlag
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer
from pipeline.services.backtests import run_backtest
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.requests import flag_name
from tests.histories import write_history


@pytest.fixture
def today(db, company_day):
    """The clock stands at nine in the morning."""
    at = company_day("2002-03-15", 9)
    clock.pin(at)
    return at


@pytest.fixture
def customer(company, ladder):
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)


@pytest.fixture
def history(pipeline, company_day):
    """Five hundred deals of four hundred days, known five days later."""
    clock.pin(company_day("2002-02-10"))
    return write_history(pipeline, start=company_day("2001-01-01"), days=400, deals=500)


@pytest.fixture
def card(history, pipeline):
    """The model card of that history."""
    return run_backtest(pipeline)


@pytest.fixture
def requested(pipeline):
    """Whether anything since the last call asked for the pipeline's rates."""

    def asked():
        flags = DirtyFlag.objects.filter(name=flag_name(pipeline.pk))
        return bool(flags.delete()[0])

    asked()
    return asked


@pytest.fixture
def walk(pipeline, company, stages, company_day):
    """Open a deal on a day of 2001 and move it along: walk("03-01", ("Proposal", "04-01"))."""

    def at(opened, *moves, **fields):
        clock.pin(_moment(company_day, opened))
        deal = create_opportunity(pipeline=pipeline, by=company.admin, name="Line", **fields)
        for stage, when in moves:
            clock.pin(_moment(company_day, when))
            move_opportunity(deal, to=stages[stage], by=company.admin)
        return deal

    return at


@pytest.fixture
def climb(ladder, company, company_day):
    """Enter a customer on a day of 2001 and move it up or down its ladder, likewise."""

    def at(entered, *moves):
        clock.pin(_moment(company_day, entered))
        customer = create_customer(by=company.admin, name="Acme")
        for step, when in moves:
            clock.pin(_moment(company_day, when))
            move_customer(customer, to=ladder.stages.get(name=step), by=company.admin)
        return customer

    return at


def _moment(company_day, text):
    """An instant of 2001 by "03-01" or "03-01 09:30"."""
    day, _, clock_time = text.partition(" ")
    hour, _, minute = clock_time.partition(":")
    return company_day(f"2001-{day}", int(hour or 0)).replace(minute=int(minute or 0))
