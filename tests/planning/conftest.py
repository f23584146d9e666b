from decimal import Decimal

import pytest

from core import clock
from pipeline.services.estimates import refresh
from planning.services.plans import create_plan
from tests.histories import write_history


@pytest.fixture
def as_user(client):
    """A client signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def estimate(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=400)
    return refresh(pipeline)


@pytest.fixture
def plan(estimate, pipeline, company):
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(60_000_000),
        currency="CNY",
        confidence=80,
    )


@pytest.fixture
def typed(plan):
    """What the planning page sends."""
    return {
        "name": plan.name,
        "target": "60,000,000",
        "year": plan.year,
        "confidence": plan.confidence,
        "version": plan.version,
    }
