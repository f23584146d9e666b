"""Two merged customers parted again: nothing is lost, and the rates stay true."""

from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from core import clock
from crm.merging.relations import moving_fields, pointing_fields
from crm.models import (
    Customer,
    CustomerMerge,
    CustomerTick,
    LadderPosition,
    LifecycleChange,
    Play,
    Source,
)
from crm.services.activities import log_activity
from crm.services.campaigns import add_member, plan_campaign
from crm.services.contacts import create_contact
from crm.services.customers import create_customer
from crm.services.files import keep_file
from crm.services.lifecycle import move_customer
from crm.services.merges import merge_customers, undo_merge
from crm.services.purchases import record_purchase
from pipeline.models import Opportunity
from pipeline.services.opportunities import create_opportunity
from tests.pipeline.test_ladder_cube import Company, assert_same, from_nothing, kept

SEEDS = range(6)
NOT_COMPARED = {"version", "updated_at"}


def rows_by_key():
    """Every row of every table that has to do with customers, but for counters of writes."""
    models = {Customer, *(field.model for field in pointing_fields())} - {CustomerMerge}
    found = {}
    for model in models:
        for row in serializers.serialize("python", model._base_manager.order_by("pk")):
            fields = {k: v for k, v in row["fields"].items() if k not in NOT_COMPARED}
            found[row["model"], row["pk"]] = fields
    return found


def without_copies(rows, merge):
    copies = set(merge.journal["added"])
    return {
        key: fields
        for key, fields in rows.items()
        if not (key[0] == "crm.lifecyclechange" and key[1] in copies)
    }


def broken_links(customer):
    """Moves that do not begin where the one before them ended."""
    rows = list(LifecycleChange.objects.live().filter(customer=customer).order_by("at", "pk"))
    starts = [None, *(row.to_stage_id for row in rows)]
    return [row for row, start in zip(rows, starts, strict=False) if row.from_stage_id != start]


class Owning:
    """Things of all kinds that belong to some customers, drawn by a seed."""

    def __init__(self, rng, customers, by):
        self.rng, self.customers, self.by = rng, customers, by
        source = Source.objects.create(name="Fair")
        self.campaigns = [
            plan_campaign(
                name=f"Fair {n}", source=source, starts_on=clock.today(), currency="CNY", by=by
            )
            for n in range(3)
        ]
        play = Play.objects.create(advice="Call")
        self.lines = [play.items.create(text=str(n), order=n) for n in range(3)]

    def give(self, times):
        acts = [self.activity, self.contact, self.purchase, self.member, self.tick, self.file]
        for _ in range(times):
            customer = Customer.objects.get(pk=self.rng.choice(self.customers))
            with suppress(ValidationError), transaction.atomic():
                acts[self.rng.integers(len(acts))](customer)

    def activity(self, customer):
        deals = [None, *Opportunity.objects.filter(customer=customer)]
        deal = deals[self.rng.integers(len(deals))]
        log_activity(customer, by=self.by, kind="call", subject="Hello", opportunity=deal)

    def contact(self, customer):
        create_contact(customer, by=self.by, name=f"Person {self.rng.integers(100)}")

    def purchase(self, customer):
        record_purchase(customer, by=self.by, amount=int(self.rng.integers(99)), currency="CNY")

    def member(self, customer):
        status = ["invited", "responded", "declined"][self.rng.integers(3)]
        add_member(self.campaigns[self.rng.integers(3)], customer, by=self.by, status=status)

    def tick(self, customer):
        line = self.lines[self.rng.integers(3)]
        CustomerTick.objects.get_or_create(
            customer=customer, item=line, defaults={"at": clock.now()}
        )

    def file(self, customer):
        keep_file(SimpleUploadedFile("a.txt", b"text"), by=self.by, customer=customer)


@pytest.mark.parametrize("seed", SEEDS)
def test_rates_and_rows_are_true_before_a_merge_after_it_and_after_its_undo(
    pipeline, company, company_day, seed
):
    clock.pin(company_day("2001-01-01"))
    rng = np.random.default_rng(seed)
    life = Company(pipeline, company.admin)
    owning = Owning(rng, [each.pk for each in life.customers], company.admin)

    def live(times):
        for _ in range(times):
            life.act(int(rng.integers(13)), int(rng.integers(1000)), int(rng.integers(1, 400)))
            owning.give(1)
            clock.pin(clock.now() + timedelta(hours=float(rng.exponential(60))))

    live(60)
    Customer.objects.update(archived_at=None)
    one, other = (Customer.objects.get(pk=life.customers[n].pk) for n in (0, 1))
    rows, rates = rows_by_key(), from_nothing(pipeline)
    assert_same(kept(pipeline), rates)

    merge = merge_customers(one, other, by=company.admin)
    assert_same(kept(pipeline), from_nothing(pipeline))
    assert not broken_links(one)
    assert not LadderPosition.objects.filter(customer=other).exists()
    for field in moving_fields():
        left = field.model._base_manager.filter(**{field.attname: other.pk})
        assert not left.exists(), field

    undo_merge(merge, by=company.admin)
    assert without_copies(rows_by_key(), merge) == rows
    assert_same(kept(pipeline), from_nothing(pipeline))
    assert_same(from_nothing(pipeline), rates)
    live(10)
    assert_same(kept(pipeline), from_nothing(pipeline))


def test_what_is_added_since_stays_with_the_survivor_where_its_deals_have_brought_it(
    twins, company, pipeline, stages
):
    one, other = twins
    move_customer(other, to=pipeline.ladder.stages.get(name="Customer"), by=None)
    theirs = create_opportunity(pipeline=pipeline, by=company.owner, name="A", customer=other)
    merge = merge_customers(one, other, by=None)
    added = create_opportunity(
        pipeline=pipeline, by=company.owner, name="B", customer=Customer.objects.get(pk=one.pk)
    )
    create_contact(one, by=None, name="Wang")
    undo_merge(merge, by=None)
    added.refresh_from_db()
    theirs.refresh_from_db()
    assert (added.customer, theirs.customer) == (one, other)
    assert one.positions.get().stage.name == "Prospect"
    assert one.contacts.get().name == "Wang"
    assert_same(kept(pipeline), from_nothing(pipeline))


def refusal(merge):
    with pytest.raises(ValidationError) as refused:
        undo_merge(merge, by=None)
    return " ".join(refused.value.messages)


def test_an_undo_says_what_stands_in_its_way(twins, company, pipeline, company_day):
    one, other = twins
    contact = create_contact(other, by=None, name="Zhang")
    deal = create_opportunity(pipeline=pipeline, by=None, name="Line", customer=other)
    merge = merge_customers(one, other, by=None)
    third = create_customer(by=None, name="Hengda Group")
    create_opportunity(pipeline=pipeline, by=None, name="Press", customer=one, contact=contact)
    move_customer(
        Customer.objects.get(pk=one.pk), to=pipeline.ladder.stages.get(name="Customer"), by=None
    )
    Opportunity.objects.filter(pk=deal.pk).update(customer=third)
    said = refusal(merge)
    assert "moved on its ladder" in said
    assert "1 of the opportunities were deleted or given to another customer" in said
    assert "another contact first for Press" in said
    later = merge_customers(third, Customer.objects.get(pk=one.pk), by=None)
    assert refusal(merge) == "Hengda was itself merged into Hengda Group since. Undo that first."
    undo_merge(later, by=None)
    assert "moved on its ladder" in refusal(merge)


def test_after_a_day_and_after_an_undo_it_is_too_late(twins, company_day):
    one, other = twins
    clock.pin(company_day("2001-03-01"))
    merge = merge_customers(one, other, by=None)
    clock.pin(company_day("2001-03-02"))
    assert "24 hours" in refusal(merge)
    clock.pin(company_day("2001-03-01", 23))
    undo_merge(merge, by=None)
    assert "already" in refusal(merge)


def test_merges_of_merges_are_undone_one_after_the_other(twins, pipeline):
    one, other = twins
    third = create_customer(by=None, name="Hengda Group")
    before = rows_by_key()
    first = merge_customers(one, other, by=None)
    second = merge_customers(third, Customer.objects.get(pk=one.pk), by=None)
    other.refresh_from_db()
    assert other.merged_into == third
    undo_merge(second, by=None)
    undo_merge(first, by=None)
    after = without_copies(without_copies(rows_by_key(), first), second)
    assert after == before
    assert_same(kept(pipeline), from_nothing(pipeline))
