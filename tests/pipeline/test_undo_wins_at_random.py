"""A win undone leaves what there would be had it never been, whatever was done since."""

from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from core import clock
from crm.models import Customer, LadderPosition, LifecycleChange
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer
from pipeline.models import Opportunity
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    redo_move,
    undo_move,
)
from tests.pipeline.merging.test_undo_merge import broken_links
from tests.pipeline.test_ladder_cube import assert_same, from_nothing, kept

SEEDS, ACTS, DEALS = range(20), 14, 5


@pytest.fixture
def ladder(ladder):
    """Suspect → Prospect → Customer → Loyal, and given up."""
    ladder.stages.create(name="Loyal", order=4, part="closing")
    ladder.stages.create(name="Given up", order=5, part="nurturing", is_lost=True)
    return ladder


class Life:
    """What one seed does with one customer and its deals; the win of the first may be left out."""

    def __init__(self, pipeline, by, seed):
        self.pipeline, self.by, self.rng = pipeline, by, np.random.default_rng(seed)
        self.won = pipeline.stages.get(is_won=True)
        self.customer = create_customer(name="Hengda", by=by, owner=by)
        self.deals = [self.open().pk for _ in range(DEALS)]

    def open(self):
        return create_opportunity(
            pipeline=self.pipeline, by=self.by, name="Line", customer=self.customer
        )

    def live(self, *, with_first):
        first = int(self.rng.integers(ACTS - 1))
        for turn in range(ACTS):
            clock.pin(clock.now() + timedelta(hours=int(self.rng.integers(3)) * 30))
            which, late, step = (int(self.rng.integers(n)) for n in (10, 2, 3))
            if turn == first:
                if with_first:
                    self.win(0, late)
                continue
            with suppress(ValidationError), transaction.atomic():
                self.act(which, late, step)

    def act(self, which, late, step):
        if which < 5:
            # Of several told late the earliest holds the customer, whichever was told first.
            self.win(1 + which % (DEALS - 1), late=0)
        elif which < 8:
            # Where the customer never stands by a deal alone: elsewhere it may stand already.
            name = ["Suspect", "Loyal", "Given up"][step]
            to = self.pipeline.ladder.stages.get(name=name)
            move_customer(Customer.objects.get(pk=self.customer.pk), to=to, by=self.by)
        else:
            self.open()

    def deal(self, which):
        return Opportunity.objects.get(pk=self.deals[which])

    def win(self, which, late):
        deal = self.deal(which)
        at = max(deal.stage_entered_at, clock.now() - timedelta(days=20 * late))
        move_opportunity(deal, to=self.won, by=self.by, at=at)

    def told(self):
        rows = LifecycleChange.objects.live().filter(customer=self.customer).order_by("at", "pk")
        position = LadderPosition.objects.get(customer=self.customer)
        assert not broken_links(self.customer)
        assert (position.stage_id, position.since) == (rows.last().to_stage_id, rows.last().at)
        assert_same(kept(self.pipeline), from_nothing(self.pipeline))
        return [(row.to_stage.name, row.at, row.cause) for row in rows]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_undone_win_might_never_have_been_and_a_restored_one_always(
    pipeline, company, company_day, seed
):
    clock.pin(company_day("2001-01-01"))
    with transaction.atomic():
        life = Life(pipeline, company.owner, seed)
        life.live(with_first=False)
        never = life.told()
        transaction.set_rollback(True)
    clock.pin(company_day("2001-01-01"))
    life = Life(pipeline, company.owner, seed)
    life.live(with_first=True)
    always = life.told()
    undone = undo_move(life.deal(0), by=company.owner)
    assert life.told() == never
    clock.pin(clock.now() + timedelta(hours=1))
    redo_move(life.deal(0), undone, by=company.owner)
    assert life.told() == always
