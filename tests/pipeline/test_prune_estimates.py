"""Old estimates go, but not those that a day ended with or that a plan was solved with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from pipeline.models import Estimate
from pipeline.services.estimates import refresh
from pipeline.services.pruning import prune_estimates
from planning.services.plans import create_plan
from tests.histories import write_history


@pytest.fixture
def estimates(pipeline, company_day):
    """Three of one day, and one of the next."""
    clock.pin(company_day("2001-12-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=300, deals=60)
    hours = (timedelta(hours=at) for at in (1, 2, 3, 26))
    made = [refresh(pipeline, as_of=company_day("2001-11-01") + at) for at in hours]
    for age, estimate in enumerate(reversed(made)):
        at = timezone.now() - timedelta(days=30, minutes=age)
        Estimate.objects.filter(pk=estimate.pk).update(computed_at=at, confirmed_at=at)
    return made


def test_the_last_of_each_day_stays(estimates):
    assert prune_estimates() == 2
    assert list(Estimate.objects.order_by("as_of")) == estimates[2:]
    assert prune_estimates() == 0


def test_what_a_plan_was_solved_with_stays(estimates, pipeline, company):
    plan = create_plan(
        name="2002", year=2002, pipeline=pipeline, target=1_000, currency="CNY", by=company.manager
    )
    type(plan).objects.filter(pk=plan.pk).update(estimate=estimates[0])
    prune_estimates()
    assert set(Estimate.objects.filter(pk__in=[e.pk for e in estimates])) == {
        estimates[0],
        *estimates[2:],
    }


def test_those_of_late_stay(estimates):
    Estimate.objects.update(computed_at=timezone.now())
    assert prune_estimates() == 0
