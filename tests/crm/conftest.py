import pytest

from core import clock
from crm.services.customers import create_customer


@pytest.fixture
def noon(company_day, db):
    """The clock stands at noon of a Wednesday."""
    at = company_day("2026-03-04", hour=12)
    clock.pin(at)
    return at


@pytest.fixture
def hengda(company, ladder):
    """A customer of the owner, whose team shares its records."""
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)
