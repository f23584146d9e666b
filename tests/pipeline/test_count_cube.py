"""The kept counts equal a count from nothing, whatever was done to the history."""

from contextlib import suppress
from dataclasses import fields
from datetime import timedelta

import numpy as np
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import clock
from core.models import DirtyFlag, ExchangeRate
from crm.models import Product
from crm.services.customers import create_customer
from pipeline import cubes as cube_rows
from pipeline.counting import counts_of_history
from pipeline.cubes import counts_of_cube
from pipeline.estimation import months_in
from pipeline.models import Cube, DealChange, LostReason, Opportunity, Pipeline, StageChange
from pipeline.readings import readings_of
from pipeline.selectors import latest_estimate
from pipeline.services import estimates
from pipeline.services import rebuild as cubes
from pipeline.services.cube import bring_up_to_date, rebuild
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    move_opportunity,
    restore_opportunity,
    undo_move,
    update_opportunity,
)
from pipeline.services.past_moves import PastMove, RefusedMoves, record_past_moves
from pipeline.services.pipelines import merge_stages
from pipeline.services.requests import flag_name, request_refresh
from tests.histories import write_history

MONTH_OF = months_in(settings.COMPANY_TIME_ZONE)


def kept(pipeline, as_of=None):
    as_of = as_of or clock.default_as_of()
    return counts_of_cube(bring_up_to_date(pipeline, as_of=as_of), as_of=as_of, month_of=MONTH_OF)


def from_nothing(pipeline, as_of=None):
    as_of = as_of or clock.default_as_of()
    return counts_of_history(pipeline, as_of=as_of, month_of=MONTH_OF)


def assert_same(found, expected):
    for name in ("kept_by_month", "kept_by_bucket"):
        cells, oracle = getattr(found.margins, name), getattr(expected.margins, name)
        assert np.array_equal(cells.keys, oracle.keys)
        assert np.array_equal(cells.sums[:, :2], oracle.sums[:, :2])
        assert cells.sums[:, 2:] == pytest.approx(oracle.sums[:, 2:])
    for field in fields(found.margins.recent):
        one, other = (getattr(each.margins.recent, field.name) for each in (found, expected))
        assert np.array_equal(one, other, equal_nan=field.name == "amount")
    assert (found.deals, found.undated) == (expected.deals, expected.undated)
    assert found.margins.first == expected.margins.first


@pytest.fixture
def history(pipeline, company, company_day):
    clock.pin(company_day("2001-10-01"))
    return write_history(
        pipeline, start=company_day("2001-01-01"), days=270, deals=120, owner=company.owner
    )


class Company:
    """What people do to the history of a pipeline, each act drawn by a number."""

    def __init__(self, pipeline, by):
        self.pipeline, self.by = pipeline, by
        self.stages = list(pipeline.stages.order_by("order"))
        self.reason = LostReason.objects.get_or_create(name="Price")[0]
        self.customers = [create_customer(name=f"C{i}", by=by, owner=by) for i in range(3)]
        self.product = Product.objects.create(name="Line", price=500, currency="CNY")
        self.acts = [
            self.open,
            self.move,
            self.move,
            self.move,
            self.undo,
            self.reprice,
            self.archive,
            self.restore,
            self.give,
            self.tell_the_past,
            self.void_an_import,
            self.list_price,
            self.wait,
        ]

    def act(self, what, which, much):
        with suppress(ValidationError, RefusedMoves), transaction.atomic():
            self.acts[what % len(self.acts)](which, much)

    def deal(self, which):
        deals = list(Opportunity.objects.filter(pipeline=self.pipeline).order_by("pk"))
        return deals[which % len(deals)] if deals else self.open(which, 1)

    def open(self, which, much):
        amount = None if much % 3 == 0 else much
        product = self.product if much % 2 else None
        customer = self.customers[which % 3]
        return create_opportunity(
            pipeline=self.pipeline,
            by=self.by,
            name="D",
            customer=customer,
            amount=amount,
            product=product,
        )

    def move(self, which, much):
        deal, to = self.deal(which), self.stages[much % len(self.stages)]
        move_opportunity(deal, to=to, by=self.by, lost_reason=self.reason if to.is_lost else None)

    def undo(self, which, much):
        deal = self.deal(which)
        if deal.stage_changes.live().count() > 1:
            undo_move(deal, by=self.by)

    def reprice(self, which, much):
        update_opportunity(self.deal(which), by=self.by, amount=much)

    def archive(self, which, much):
        archive_opportunity(self.deal(which), by=self.by)

    def restore(self, which, much):
        restore_opportunity(self.deal(which), by=self.by)

    def give(self, which, much):
        update_opportunity(self.deal(which), by=self.by, customer=self.customers[much % 3])

    def tell_the_past(self, which, much):
        deal = self.deal(which)
        at = (deal.created_at or clock.now()) - timedelta(days=much % 40)
        stage = self.stages[which % 2]
        record_past_moves([PastMove(0, deal, stage, at)], by=self.by)

    def void_an_import(self, which, much):
        """As an import undone by hand, at once for all of its rows."""
        rows = StageChange.objects.live().filter(import_batch__isnull=False).order_by("pk")
        for row in rows[:2]:
            StageChange.objects.filter(pk=row.pk).update(voided_by=row, voided_at=clock.now())

    def list_price(self, which, much):
        self.product.price = much
        self.product.save()

    def wait(self, which, much):
        clock.pin(clock.now() + timedelta(hours=which % 900))


acts = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 60), st.integers(1, 400)), min_size=4, max_size=25
)


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts, look=st.integers(1, 4))
def test_counts_kept_change_by_change_equal_a_count_from_nothing(
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


def test_a_change_costs_what_changed(history, pipeline, stages, company):
    refresh(pipeline)
    built = Cube.objects.get()
    moved = next(deal for deal in history if deal.stage == stages["Negotiation"])
    move_opportunity(moved, to=stages["Won"], by=company.admin)
    refresh(pipeline)
    assert Cube.objects.get().pk == built.pk
    assert not DealChange.objects.filter(due=0).exists()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_past_date_and_now_are_answered_alike(history, pipeline):
    now = clock.default_as_of()
    assert refresh(pipeline).pk == refresh(pipeline, as_of=now).pk


def test_what_the_future_brings_is_counted_when_it_has_come(pipeline, company, company_day):
    clock.pin(company_day("2001-06-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=300, deals=60)
    for day in ("2001-06-01", "2001-06-20", "2001-08-01", "2001-12-01"):
        clock.pin(company_day(day))
        assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_crash_in_the_middle_of_a_rebuild_is_made_good(history, pipeline, monkeypatch):
    refresh(pipeline)
    deal = history[0]
    update = Opportunity.objects.filter(pk=deal.pk)

    def crash(*args, **kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(cubes, "insert_rows", crash)
        with pytest.raises(RuntimeError, match="killed"):
            rebuild(pipeline)
    assert not Cube.objects.filter(is_current=True).exists()
    update.update(archived_at=clock.now())
    assert_same(kept(pipeline), from_nothing(pipeline))
    assert Cube.objects.count() == 1


def test_a_change_during_a_rebuild_is_neither_lost_nor_counted_twice(
    history, pipeline, stages, company, monkeypatch
):
    moved = next(deal for deal in history if deal.stage == stages["Negotiation"])
    insert = cubes.insert_rows

    def meanwhile(*args):
        move_opportunity(moved, to=stages["Won"], by=company.admin)
        insert(*args)

    monkeypatch.setattr(cubes, "insert_rows", meanwhile)
    rebuild(pipeline)
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_count_that_was_overtaken_leaves_the_later_one_alone(history, pipeline, monkeypatch):
    insert = cubes.insert_rows

    def another(*args):
        monkeypatch.undo()
        rebuild(pipeline)
        insert(*args)

    monkeypatch.setattr(cubes, "insert_rows", another)
    with pytest.raises(cubes.OvertakenError):
        rebuild(pipeline)
    assert Cube.objects.filter(is_current=True).count() == 1
    assert_same(kept(pipeline), from_nothing(pipeline))


@pytest.mark.parametrize("by_hand", ["insert", "void", "delete"])
def test_changes_past_every_service_are_counted(history, pipeline, stages, by_hand):
    """As a statement typed at the database's own prompt would make them."""
    refresh(pipeline)
    still_open = next(deal for deal in history if deal.stage == stages["Negotiation"])
    row = StageChange.objects.filter(opportunity=still_open).order_by("-at").first()
    if by_hand == "insert":
        row.pk, row.at = None, row.at + timedelta(hours=1)
        row.from_stage, row.to_stage = row.to_stage, stages["Won"]
        StageChange.objects.bulk_create([row])
    elif by_hand == "void":
        StageChange.objects.filter(pk=row.pk).update(voided_by=row)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM pipeline_stagechange WHERE id = %s", [row.pk])
    assert_same(kept(pipeline), from_nothing(pipeline))
    assert DealChange.objects.count() == 0


def test_a_rate_of_exchange_counts_foreign_deals_anew(pipeline, company, company_day):
    clock.pin(company_day("2001-05-01"))
    rate = ExchangeRate.objects.create(
        base="USD", quote="CNY", date=company_day("2001-01-01").date(), rate=8
    )
    create_opportunity(pipeline=pipeline, by=company.admin, name="A", amount=10, currency="USD")
    assert kept(pipeline).margins.recent.amount.tolist() == [80]
    rate.rate = 7
    rate.save()
    assert kept(pipeline).margins.recent.amount.tolist() == [70]


def test_merged_stages_and_another_window_for_mistakes_count_everything_anew(
    history, pipeline, stages, company
):
    refresh(pipeline)
    merge_stages(stages["Negotiation"], into=stages["Qualified"], by=company.admin)
    pipeline.refresh_from_db()
    assert_same(kept(pipeline), from_nothing(pipeline))
    pipeline.misclick_minutes = 0
    pipeline.save()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_stages_that_change_places_during_a_rebuild_keep_their_counts(
    history, pipeline, stages, monkeypatch
):
    count = cubes.count_among

    def meanwhile(*args, **kwargs):
        stages["Qualified"].order, stages["Negotiation"].order = 3, 1
        for stage in (stages["Qualified"], stages["Negotiation"]):
            stage.save()
        return count(*args, **kwargs)

    monkeypatch.setattr(cubes, "count_among", meanwhile)
    rebuild(pipeline)
    monkeypatch.undo()
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_a_rule_changed_during_a_computation_holds_in_the_next(history, pipeline, monkeypatch):
    request_refresh(pipeline.pk)
    DirtyFlag.objects.update(not_before=timezone.now())
    compute, rounds = estimates.refresh, []

    def meanwhile(found, **kwargs):
        if not rounds:
            other = Pipeline.objects.get(pk=pipeline.pk)
            other.misclick_minutes = 60
            other.save()
            DirtyFlag.objects.update(not_before=timezone.now())
        rounds.append(found.misclick_minutes)
        return compute(found, **kwargs)

    monkeypatch.setattr(estimates, "refresh", meanwhile)
    estimates.refresh_flagged(flag_name(pipeline.pk))
    assert rounds == [5, 60]


def test_counts_are_all_of_one_moment(history, pipeline, monkeypatch):
    """A whole rebuild between two reads of the tables: what was read before it is read again."""
    as_of = clock.default_as_of()
    cube = bring_up_to_date(pipeline, as_of=as_of)
    read = cube_rows._read_recent

    def meanwhile(*args):
        monkeypatch.undo()
        rebuild(pipeline)
        return read(*args)

    monkeypatch.setattr(cube_rows, "_read_recent", meanwhile)
    found = counts_of_cube(cube, as_of=as_of, month_of=MONTH_OF)
    assert_same(found, from_nothing(pipeline, as_of))


def test_the_counts_before_a_rebuild_may_be_looked_at_until_it_is_done(
    history, pipeline, monkeypatch
):
    refresh(pipeline)
    seen = []
    count = cubes.count_among

    def meanwhile(*args, **kwargs):
        seen.append(readings_of(pipeline).deals.margins.counts.total().events.sum())
        return count(*args, **kwargs)

    monkeypatch.setattr(cubes, "count_among", meanwhile)
    rebuild(pipeline)
    assert seen[0] > 0


def test_what_was_asked_with_another_half_life_is_not_kept(history, pipeline):
    kept_one = refresh(pipeline)
    asked = refresh(pipeline, half_life=estimates.given_half_life(30))
    assert asked.pk is None
    assert latest_estimate(pipeline).pk == kept_one.pk
