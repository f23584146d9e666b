from decimal import Decimal

import pytest

from core import clock
from crm.models import Source
from pipeline.services.estimates import refresh
from planning.services.means import create_channel, create_role
from planning.services.plans import create_plan
from tests.histories import write_history


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
def sold_by_two(plan, company):
    """A sixth of the deals is another team's."""
    deals = plan.pipeline.opportunities.all()
    deals.update(owner=company.owner)
    deals.filter(pk__in=deals[: deals.count() // 6]).update(owner=company.stranger)


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


@pytest.fixture
def stage(stages):
    return "opportunity", stages["Qualified"].pk


@pytest.fixture
def role(company, stage):
    """Engineers, of whom one a month can be hired, work twenty hours on each qualified deal."""
    return create_role(
        by=company.manager,
        name="Engineer",
        hours_per_day=6,
        monthly_cost=Decimal(8000),
        recruiting_cost=Decimal(5000),
        notice_months=2,
        most_hires=1,
        efforts={stage: (20.0, 0.0)},
    )


@pytest.fixture
def channel(company):
    """Forty cheap leads a month and four hundred dear ones."""
    source = Source.objects.create(name="Fair")
    return create_channel(
        by=company.manager, source=source, tiers=[(40, Decimal(100)), (400, Decimal(300))]
    )
