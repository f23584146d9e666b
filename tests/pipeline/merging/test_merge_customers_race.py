"""Customers merged while people go on working with them, over real connections."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from core.services.versions import StaleVersion
from crm.models import Activity, Customer, CustomerMerge, Ladder, LadderPosition, LifecycleChange
from crm.services.activities import log_activity
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer
from crm.services.merges import merge_customers, undo_merge
from pipeline.models import Opportunity, Pipeline
from pipeline.services.opportunities import create_opportunity, move_opportunity
from tests.crm.test_customer_race import at_once
from tests.pipeline.test_ladder_cube import assert_same, from_nothing, kept

ROUNDS = 6
TOLD = (ValidationError, StaleVersion)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only on PostgreSQL"),
]


@pytest.fixture
def twins(pipeline):
    """A new pair of customers on every call, the second with a deal."""

    def pair():
        one, other = (create_customer(by=None, name=name) for name in ("Hengda", "Hengda Foods"))
        deal = create_opportunity(pipeline=pipeline, by=None, name="Line", customer=other, amount=1)
        return one, other, deal

    return pair


def merging(one, other):
    """By what a page has read before."""
    stale = [Customer.objects.get(pk=each.pk) for each in (one, other)]
    return lambda: merge_customers(*stale, by=None)


def moving(customer, name):
    stage = Ladder.objects.get().stages.get(name=name)
    return lambda: move_customer(customer, to=stage, by=None)


def assert_one(pipeline, one, other):
    """Nothing is left with the merged one, and the survivor's history is one sequence."""
    assert Customer.objects.get(pk=other.pk).merged_into == one
    assert not Opportunity.objects.filter(customer=other).exists()
    assert not Activity.objects.filter(customer=other).exists()
    assert not LadderPosition.objects.filter(customer=other).exists()
    assert not LifecycleChange.objects.live().filter(customer=other).exists()
    rows = list(LifecycleChange.objects.live().filter(customer=one).order_by("at", "pk"))
    starts = [None, *(row.to_stage_id for row in rows)]
    assert [row.from_stage_id for row in rows] == starts[:-1]
    assert LadderPosition.objects.get(customer=one).stage_id == starts[-1]
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_merge_beside_moves_of_both_leaves_one_history(pipeline, twins):
    for _round in range(ROUNDS):
        one, other, _deal = twins()
        errors = at_once(merging(one, other), moving(one, "Prospect"), moving(other, "Customer"))
        assert all(isinstance(error, TOLD) for error in errors), errors
        assert_one(pipeline, one, other)


def test_what_is_added_to_the_merged_one_meanwhile_goes_to_the_survivor(pipeline, twins):
    for _round in range(ROUNDS):
        one, other, deal = twins()
        won = pipeline.stages.get(is_won=True)
        fresh = Opportunity.objects.select_related("stage", "pipeline", "customer").get(pk=deal.pk)

        def open_deal(other=other):
            create_opportunity(
                pipeline=Pipeline.objects.get(), by=None, name="More", customer=other, amount=2
            )

        errors = at_once(
            merging(one, other),
            open_deal,
            lambda other=other: log_activity(other, by=None, kind="call", subject="Hello"),
            lambda fresh=fresh: move_opportunity(fresh, to=won, by=None),
        )
        assert all(isinstance(error, TOLD) for error in errors), errors
        assert_one(pipeline, one, other)
        assert Opportunity.objects.filter(customer=one).count() == 2
        assert Activity.objects.filter(customer=one).count() == 1


def test_of_two_merges_at_once_one_holds(pipeline, twins):
    for _round in range(ROUNDS):
        one, other, _deal = twins()
        errors = at_once(merging(one, other), merging(other, one))
        assert len(errors) == 1
        assert isinstance(errors[0], TOLD)
        assert CustomerMerge.objects.filter(merged__in=(one, other)).count() == 1


def test_an_undo_beside_a_move_is_refused_or_comes_first(pipeline, twins):
    for _round in range(ROUNDS):
        one, other, _deal = twins()
        merge = merge_customers(one, other, by=None)
        errors = at_once(lambda merge=merge: undo_merge(merge, by=None), moving(one, "Customer"))
        assert all(isinstance(error, ValidationError) for error in errors), errors
        assert_same(kept(pipeline), from_nothing(pipeline))
        if CustomerMerge.objects.get(pk=merge.pk).undone_at is None:
            assert_one(pipeline, one, other)
