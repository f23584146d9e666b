from decimal import Decimal

import pytest

from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity


@pytest.fixture
def customer(company, ladder, today):
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
