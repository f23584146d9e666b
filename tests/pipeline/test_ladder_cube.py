"""The kept counts of customers on a ladder equal a count from nothing, whatever was done."""

from contextlib import suppress
from dataclasses import fields
from datetime import timedelta

import numpy as np
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import clock
from crm.models import Customer, LifecycleChange
from crm.services.customers import archive_customer, create_customer, restore_customer
from crm.services.lifecycle import move_customer, undo_last_move
from pipeline.counting import counts_of_history
from pipeline.cubes import counts_of_cube
from pipeline.estimation import find_stays, join_histories, months_in
from pipeline.estimation.bins import age_bin_between
from pipeline.estimation.join import estimate_join, join_of_counts
from pipeline.funnels import estimate_funnel
from pipeline.histories import microseconds, read_customers
from pipeline.models import Cube, LostReason, Opportunity
from pipeline.models.cube import CustomerChange
from pipeline.services import climb as climbs
from pipeline.services.cube import bring_up_to_date, rebuild
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    undo_move,
    update_opportunity,
)
from pipeline.services.pipelines import create_pipeline
from pipeline.services.tuning import tune

MONTH_OF = months_in(settings.COMPANY_TIME_ZONE)


def kept(pipeline):
    as_of = clock.default_as_of()
    return counts_of_cube(bring_up_to_date(pipeline, as_of=as_of), as_of=as_of, month_of=MONTH_OF)


def from_nothing(pipeline):
    return counts_of_history(pipeline, as_of=clock.default_as_of(), month_of=MONTH_OF)


def assert_same(found, expected):
    assert (found.climb is None) == (expected.climb is None)
    if found.climb is None:
        return
    one, other = found.climb.margins, expected.climb.margins
    for name in ("kept_by_month", "kept_by_bucket"):
        cells, oracle = getattr(one, name), getattr(other, name)
        assert np.array_equal(cells.keys, oracle.keys)
        assert np.array_equal(cells.sums, oracle.sums)
    for field in fields(one.recent):
        columns = (getattr(each.recent, field.name) for each in (one, other))
        assert np.array_equal(*columns, equal_nan=True)
    assert (one.first, one.customers) == (other.first, other.customers)
    assert_same_join(one.join_counts(found.margins), other.join_counts(expected.margins))


def assert_same_join(one, other):
    for field in fields(one):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


@pytest.fixture
def ladder(ladder):
    """Suspect → Lead → Prospect (hands over) → Customer, and given up."""
    ladder.stages.filter(name="Customer").update(order=4)
    ladder.stages.filter(name="Prospect").update(order=3)
    ladder.stages.create(name="Lead", order=2, part="nurturing")
    ladder.stages.create(name="Given up", order=5, part="nurturing", is_lost=True)
    return ladder


class Company:
    """What people do to customers and their deals, each act drawn by a number."""

    def __init__(self, pipeline, by):
        self.pipeline, self.by = pipeline, by
        self.steps = list(pipeline.ladder.stages.order_by("order"))
        self.stages = list(pipeline.stages.order_by("order"))
        self.reason = LostReason.objects.get_or_create(name="Price")[0]
        self.customers = [create_customer(name=f"C{i}", by=by, owner=by) for i in range(4)]
        self.acts = [
            self.climb,
            self.climb,
            self.climb,
            self.climb_earlier,
            self.undo_climb,
            self.archive,
            self.restore,
            self.open,
            self.open,
            self.move,
            self.move,
            self.undo_move,
            self.give,
            self.archive_later,
            self.wait,
            self.wait,
        ]

    def act(self, what, which, much):
        with suppress(ValidationError), transaction.atomic():
            self.acts[what % len(self.acts)](which, much)

    def customer(self, which):
        return Customer.objects.get(pk=self.customers[which % 4].pk)

    def deal(self, which):
        deals = list(Opportunity.objects.filter(pipeline=self.pipeline).order_by("pk"))
        return deals[which % len(deals)] if deals else self.open(which, 1)

    def climb(self, which, much):
        move_customer(self.customer(which), to=self.steps[much % len(self.steps)], by=self.by)

    def climb_earlier(self, which, much):
        at = clock.now() - timedelta(days=much % 90)
        step = self.steps[much % len(self.steps)]
        move_customer(self.customer(which), to=step, by=self.by, at=at)

    def undo_climb(self, which, much):
        moves = LifecycleChange.objects.live().filter(customer=self.customer(which))
        last = moves.order_by("-at", "-id").first()
        if last:
            undo_last_move(last, by=self.by)

    def archive(self, which, much):
        archive_customer(self.customer(which), by=self.by)

    def restore(self, which, much):
        restore_customer(self.customer(which), by=self.by)

    def archive_later(self, which, much):
        at = clock.now() + timedelta(days=much % 90)
        Customer.objects.filter(pk=self.customer(which).pk).update(archived_at=at)

    def open(self, which, much):
        customer = None if much % 7 == 0 else self.customer(which)
        return create_opportunity(
            pipeline=self.pipeline, by=self.by, name="D", amount=much, customer=customer
        )

    def move(self, which, much):
        deal, to = self.deal(which), self.stages[much % len(self.stages)]
        move_opportunity(deal, to=to, by=self.by, lost_reason=self.reason if to.is_lost else None)

    def undo_move(self, which, much):
        deal = self.deal(which)
        if deal.stage_changes.live().count() > 1:
            undo_move(deal, by=self.by)

    def give(self, which, much):
        update_opportunity(self.deal(which), by=self.by, customer=self.customer(much))

    def wait(self, which, much):
        clock.pin(clock.now() + timedelta(hours=which * much % 2500))


acts = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 60), st.integers(1, 400)), min_size=6, max_size=30
)


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts, look=st.integers(1, 4))
def test_customers_kept_change_by_change_equal_a_count_from_nothing(
    pipeline, company, company_day, acts, look
):
    with transaction.atomic():
        clock.pin(company_day("2001-10-01"))
        life = Company(pipeline, company.admin)
        for step, (what, which, much) in enumerate(acts):
            life.act(what, which, much)
            if step % look == 0:
                assert_same(kept(pipeline), from_nothing(pipeline))
        assert_same(kept(pipeline), from_nothing(pipeline))
        transaction.set_rollback(True)


@pytest.fixture
def life(pipeline, company, company_day):
    """A year and a half of a company, by random acts."""
    clock.pin(company_day("2001-01-01"))
    found, rng = Company(pipeline, company.admin), np.random.default_rng(5)
    found.customers += [
        create_customer(name=f"N{i}", by=company.admin, owner=company.admin) for i in range(20)
    ]
    found.customer = lambda which: Customer.objects.get(pk=found.customers[which % 24].pk)
    for _ in range(160):
        found.act(int(rng.integers(13)), int(rng.integers(1000)), int(rng.integers(1, 400)))
        clock.pin(clock.now() + timedelta(hours=float(rng.exponential(80))))
    return found


def test_rates_and_join_of_kept_counts_are_those_of_the_history(life, pipeline):
    tuning = tune(pipeline, deals=100, as_of=clock.default_as_of())
    found, expected = (
        estimate_funnel(counts, tuning=tuning)
        for counts in (kept(pipeline), from_nothing(pipeline))
    )
    assert found.join.handed_over > 10
    assert found.join.deals > 5
    for one, other in ((found.join, expected.join), (found.curves, expected.curves)):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(value, getattr(other, name), name)
    assert found.ladder.by_stage == expected.ladder.by_stage
    assert found.subjects == expected.subjects
    for name, value in vars(found.present).items():
        assert value == pytest.approx(getattr(expected.present, name)), name


def test_the_join_counts_the_entries_and_deals_that_the_history_has(life, pipeline):
    """Ages by the day, where they are older than the days that are looked at one by one."""
    counts, as_of = from_nothing(pipeline), clock.default_as_of()
    customers = read_customers(pipeline.ladder, as_of=as_of, misclick=pipeline.misclick_window)
    joined, handover = join_histories(
        customers.moves,
        customers.stages,
        counts.read_opened(),
        as_of=microseconds(as_of),
        pipeline_stages=len(counts.rows),
    )
    exact = estimate_join(handover, counts.margins.stages)
    found = counts.climb.margins.join_counts(counts.margins)
    join = join_of_counts(found)
    assert (join.handed_over, join.deals) == (exact.handed_over, exact.deals)
    assert join.deals_per_customer == pytest.approx(exact.deals_per_customer, rel=0.02)
    assert join.wins[0] == pytest.approx(exact.wins[0], rel=0.02)
    won = handover.first_win < microseconds(as_of)
    age = age_bin_between(handover.entered[won], handover.first_win[won])
    assert np.array_equal(found.wins.sum(0), np.bincount(age, minlength=found.wins.shape[1]))
    stays = find_stays(joined, customers.stages, as_of=microseconds(as_of))
    assert counts.climb.margins.ladder.entries.sum() == len(stays)


def test_deals_of_nobody_and_of_strangers_to_the_ladder_come_directly(
    pipeline, company, company_day
):
    clock.pin(company_day("2001-10-01"))
    led, stranger = (create_customer(name=name, by=company.admin) for name in "AB")
    LifecycleChange.objects.filter(customer=stranger).update(voided_by=F("pk"))
    move_customer(led, to=pipeline.ladder.stages.get(name="Prospect"), by=company.admin)
    clock.pin(company_day("2001-10-05"))
    for customer in (led, led, stranger, None):
        create_opportunity(pipeline=pipeline, by=company.admin, name="D", customer=customer)
    clock.pin(company_day("2001-10-20"))
    for counts in (kept(pipeline), from_nothing(pipeline)):
        join = join_of_counts(counts.climb.margins.join_counts(counts.margins))
        assert (join.handed_over, join.deals) == (1, 2)
        assert join.direct_per_month == pytest.approx(2)


def test_a_change_costs_what_changed_and_empties_the_log(life, pipeline, company):
    refresh(pipeline)
    built = Cube.objects.get()
    move_customer(life.customers[3], to=life.steps[1], by=company.admin)
    refresh(pipeline)
    assert Cube.objects.get().pk == built.pk
    assert not CustomerChange.objects.filter(due=0).exists()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_long_log_is_handed_out_in_parts(life, pipeline, monkeypatch):
    refresh(pipeline)
    monkeypatch.setattr(climbs, "ROWS_AT_ONCE", 2)
    for which in range(5):
        life.climb(which, which + 2)
    assert_same(kept(pipeline), from_nothing(pipeline))
    assert not CustomerChange.objects.filter(pipeline=None).exists()


def test_pipelines_that_share_a_ladder_each_see_its_changes(life, pipeline, ladder, company):
    other = create_pipeline("Spare parts", currency="CNY", stages=["Asked"], ladder=ladder)
    alone = create_pipeline("Repairs", currency="CNY", stages=["Asked"])
    for each in (pipeline, other, alone):
        refresh(each)
    for which in range(6):
        life.climb(which, which + 1)
    create_opportunity(pipeline=other, by=company.admin, name="D", customer=life.customers[0])
    built = set(Cube.objects.values_list("pk", flat=True))
    for each in (pipeline, other, alone):
        assert_same(kept(each), from_nothing(each))
    assert set(Cube.objects.values_list("pk", flat=True)) == built
    assert not CustomerChange.objects.filter(pipeline=alone.pk).exists()


@pytest.mark.parametrize("by_hand", ["insert", "void", "delete", "archive"])
def test_changes_past_every_service_are_counted(life, pipeline, by_hand):
    """As a statement typed at the database's own prompt would make them."""
    refresh(pipeline)
    row = LifecycleChange.objects.live().order_by("-at").first()
    if by_hand == "insert":
        row.pk, row.at = None, row.at + timedelta(hours=1)
        row.from_stage = row.to_stage
        row.to_stage = next(step for step in life.steps if step.pk != row.from_stage_id)
        LifecycleChange.objects.bulk_create([row])
    elif by_hand == "void":
        LifecycleChange.objects.filter(pk=row.pk).update(voided_by=row)
    elif by_hand == "archive":
        Customer.objects.filter(pk=row.customer_id).update(archived_at=row.at)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM crm_lifecyclechange WHERE id = %s", [row.pk])
    assert CustomerChange.objects.filter(customer=row.customer_id, pipeline=None).exists()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_what_the_future_brings_is_counted_when_it_has_come(life, pipeline, company_day):
    for which, day in ((1, "2001-09-10"), (2, "2001-12-24")):
        Customer.objects.filter(pk=life.customers[which].pk).update(archived_at=company_day(day))
    built = set()
    for day in ("2001-03-01", "2001-03-20", "2001-07-01", "2001-11-01", "2002-01-01"):
        clock.pin(company_day(day))
        assert_same(kept(pipeline), from_nothing(pipeline))
        built.add(Cube.objects.get().pk)
    assert len(built) == 1


def test_the_first_to_climb_may_turn_out_to_be_another(pipeline, company, company_day):
    for day in ("2001-03-01", "2001-05-01", "2001-04-01"):
        clock.pin(company_day(day))
        create_customer(name=day, by=company.admin)
    clock.pin(company_day("2001-06-01"))
    assert kept(pipeline).climb.margins.first == microseconds(company_day("2001-03-01"))
    first = LifecycleChange.objects.earliest("at")
    LifecycleChange.objects.filter(pk=first.pk).update(voided_by=first, voided_at=clock.now())
    clock.pin(company_day("2001-06-02"))
    assert kept(pipeline).climb.margins.first == microseconds(company_day("2001-04-01"))
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_another_order_of_steps_or_another_ladder_counts_everything_anew(life, pipeline, ladder):
    refresh(pipeline)
    ladder.stages.filter(name="Lead").update(order=9)
    pipeline.refresh_from_db()
    assert_same(kept(pipeline), from_nothing(pipeline))
    pipeline.ladder = None
    pipeline.save()
    assert kept(pipeline).climb is None
    pipeline.ladder = ladder
    pipeline.save()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_move_during_a_rebuild_is_neither_lost_nor_counted_twice(
    life, pipeline, company, monkeypatch
):
    insert = climbs.insert_rows

    def meanwhile(*args):
        move_customer(life.customers[3], to=life.steps[1], by=company.admin)
        create_opportunity(
            pipeline=pipeline, by=company.admin, name="D", customer=life.customers[5]
        )
        insert(*args)

    monkeypatch.setattr(climbs, "insert_rows", meanwhile)
    rebuild(pipeline)
    monkeypatch.undo()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_counting_in_parts_gives_what_counting_at_once_gives(life, pipeline, monkeypatch):
    whole = from_nothing(pipeline)
    monkeypatch.setattr("pipeline.climbing.CUSTOMERS_AT_ONCE", 5)
    assert_same(from_nothing(pipeline), whole)
    rebuild(pipeline)
    assert_same(kept(pipeline), whole)
