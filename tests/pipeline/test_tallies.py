"""Deals are added up the same one by one in Python as all at once in the database."""

import random
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from pipeline.models import Opportunity
from pipeline.selectors import chance_of, win_table_of
from pipeline.services.estimates import refresh
from pipeline.tallies import chances_of, tallies_of, tally_of
from tests.histories import write_history

pytestmark = pytest.mark.django_db


@pytest.fixture
def deals(company, pipeline, company_day):
    """A year's deals of two currencies, some without an amount or without a date."""
    write_history(
        pipeline, start=company_day("2001-01-01"), days=364, deals=150, owner=company.owner
    )
    refresh(pipeline)
    draw = random.Random(7)
    found = list(Opportunity.objects.filter(pipeline=pipeline))
    for deal in found:
        deal.currency = draw.choice(["CNY", "EUR"])
        deal.amount = draw.choice([None, Decimal("0.01"), Decimal("999999999999.99")])
        if draw.random() < 0.1:
            deal.stage_entered_at = None
    Opportunity.objects.bulk_update(found, ["currency", "amount", "stage_entered_at"])
    return Opportunity.objects.filter(pipeline=pipeline).select_related("stage")


def test_one_deal_is_tallied_as_the_database_does(deals, pipeline, company_day):
    table, at = win_table_of(pipeline.pk), company_day("2001-12-31") + timedelta(hours=5)
    for deal in deals:
        alone = tally_of(deal, table, at=at, currency="CNY")
        asked = tallies_of(deals.filter(pk=deal.pk), table, at=at, currency="CNY")
        for name in ("stage", "days", "deals", "with_amount", "amount"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(asked, name), name)
        for name in ("currency", "closed_on", "segment"):
            assert list(getattr(alone, name)) == list(getattr(asked, name)), name


def test_deals_that_are_alike_have_the_chance_of_each_of_them(deals, pipeline, company_day):
    table, at = win_table_of(pipeline.pk), company_day("2001-12-31")
    stages = {stage.pk: stage for stage in pipeline.stages.all()}
    tallies = tallies_of(deals, table, at=at, currency="CNY")
    assert tallies.deals.sum() == deals.count()
    assert (tallies.deals > 1).any()
    likely = float(np.nansum(tallies.deals * chances_of(tallies, stages, table)))
    each = [chance_of(deal, table, at=at) for deal in deals]
    assert likely == pytest.approx(sum(chance for chance in each if chance is not None))
    assert any(0 < chance < 1 for chance in each if chance is not None)
