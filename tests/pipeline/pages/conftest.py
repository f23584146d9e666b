from decimal import Decimal

import pytest

from core import clock
from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity


@pytest.fixture
def as_user(client):
    """A client signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def pinned(db, company_day):
    at = company_day("2002-03-15", 9)
    clock.pin(at)
    return at


@pytest.fixture
def customer(company, ladder, pinned):
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)


@pytest.fixture
def deal(company, pipeline, customer):
    """An open deal of the owner, whose team shares its records."""
    return create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        name="Filling line",
        customer=customer,
        amount=Decimal(380_000),
    )
