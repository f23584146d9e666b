"""What becomes of a customer on its ladder when a win of one of its deals is undone."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F
from django.urls import reverse

from core import clock
from crm.models import LadderPosition, LifecycleChange
from crm.services.lifecycle import move_customer, undo_last_move
from crm.services.merges import merge_customers
from pipeline.models import Opportunity
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    redo_move,
    undo_move,
)
from tests.pipeline.merging.test_undo_merge import broken_links
from tests.pipeline.test_ladder_cube import assert_same, from_nothing, kept


@pytest.fixture
def ladder(ladder):
    """Suspect → Prospect → Customer → Loyal, and given up."""
    ladder.stages.create(name="Loyal", order=4, part="closing")
    ladder.stages.create(name="Given up", order=5, part="nurturing", is_lost=True)
    return ladder


@pytest.fixture
def year(company_day, db):
    """Pin the clock to a day of 2001, which it also gives: year("03-01")."""

    def at(day):
        found = company_day(f"2001-{day}")
        clock.pin(found)
        return found

    at("01-01")
    return at


@pytest.fixture
def selling(year, pipeline, customer, company, stages, ladder):
    """Acts of selling to one customer, each on a day of 2001."""

    class Selling:
        by, who = company.owner, customer

        def open(self, day, by=None):
            year(day)
            return create_opportunity(
                pipeline=pipeline, by=by or self.by, name="Line", customer=self.who, amount=1
            )

        def win(self, deal, day, *, at=None, by=None):
            year(day)
            move_opportunity(deal, to=stages["Won"], by=by or self.by, at=at)
            return deal

        def move(self, step, day):
            year(day)
            return move_customer(self.who, to=ladder.stages.get(name=step), by=self.by)

        def undo(self, deal, day):
            year(day)
            return undo_move(Opportunity.objects.get(pk=deal.pk), by=self.by)

        def history(self):
            """(stage, day, cause) of what holds, which must be one chain that ends where the
            customer stands, and give the rates that a rebuild gives."""
            rows = list(LifecycleChange.objects.live().filter(customer=self.who))
            position = LadderPosition.objects.get(customer=self.who)
            assert not broken_links(self.who)
            assert (position.stage, position.since) == (rows[-1].to_stage, rows[-1].at)
            assert_same(kept(pipeline), from_nothing(pipeline))
            return [(r.to_stage.name, f"{r.at + timedelta(hours=9):%m-%d}", r.cause) for r in rows]

    return Selling()


BEFORE = [("Suspect", "01-01", "hand"), ("Prospect", "02-01", "deal_opened")]


@pytest.fixture
def two(selling):
    """Two deals of the customer, opened on 1 February."""
    return selling.open("02-01"), selling.open("02-01")


def test_one_win_undone_leaves_the_customer_where_it_was(selling, two):
    one, _other = two
    selling.win(one, "03-01")
    assert selling.history() == [*BEFORE, ("Customer", "03-01", "deal_won")]
    selling.undo(one, "06-01")
    assert selling.history() == BEFORE


def test_the_first_of_two_wins_undone_leaves_a_customer_since_the_second(selling, two, company):
    one, other = two
    selling.win(one, "03-01")
    selling.win(other, "04-01", by=company.teammate)
    selling.history()
    selling.undo(one, "06-01")
    assert selling.history() == [*BEFORE, ("Customer", "04-01", "deal_won")]
    assert LifecycleChange.objects.live().last().by == company.teammate


def test_the_second_of_two_wins_undone_changes_no_history(selling, two):
    one, other = two
    selling.win(one, "03-01")
    selling.win(other, "04-01")
    rows = list(LifecycleChange.objects.values_list("pk", "voided_by"))
    selling.undo(other, "06-01")
    assert selling.history() == [*BEFORE, ("Customer", "03-01", "deal_won")]
    assert list(LifecycleChange.objects.values_list("pk", "voided_by")) == rows


def test_both_wins_undone_one_after_the_other_leave_no_customer(selling, two):
    one, other = two
    selling.win(one, "03-01")
    selling.win(other, "04-01")
    selling.undo(one, "06-01")
    selling.undo(other, "06-02")
    assert selling.history() == BEFORE


@pytest.fixture
def known(company_day, customer):
    """(stage, day) of the customer's moves as they were known on a day of 2001."""

    def on(day):
        rows = LifecycleChange.objects.known_at(company_day(f"2001-{day}")).order_by("at", "pk")
        return [(row.to_stage.name, f"{row.at + timedelta(hours=9):%m-%d}") for row in rows]

    return on


@pytest.mark.parametrize("wins", [1, 2])
def test_what_was_held_before_the_undo_stays_known(selling, two, known, wins):
    one, other = two
    selling.win(one, "03-01")
    if wins == 2:
        selling.win(other, "04-01")
    selling.move("Loyal", "05-01")
    selling.undo(one, "06-01")
    before = [("Suspect", "01-01"), ("Prospect", "02-01")]
    remaining = [("Customer", "04-01")] * (wins - 1)
    assert known("05-15") == [*before, ("Customer", "03-01"), ("Loyal", "05-01")]
    assert known("06-15") == [*before, *remaining, ("Loyal", "05-01")]


@pytest.mark.parametrize("step", ["Loyal", "Given up", "Suspect"])
def test_a_later_move_by_hand_stays_and_hinders_no_undo(selling, two, step):
    one, _other = two
    selling.win(one, "03-01")
    selling.move(step, "04-01")
    selling.undo(one, "06-01")
    assert selling.history() == [*BEFORE, (step, "04-01", "hand")]


def test_a_win_between_the_undone_one_and_a_move_by_hand_counts_from_its_day(selling, two):
    one, other = two
    selling.win(one, "03-01")
    selling.win(other, "04-01")
    selling.move("Loyal", "05-01")
    selling.undo(one, "06-01")
    assert selling.history() == [
        *BEFORE,
        ("Customer", "04-01", "deal_won"),
        ("Loyal", "05-01", "hand"),
    ]


def test_a_customer_put_back_by_hand_is_not_brought_up_by_the_wins_before_that(selling, two):
    one, other = two
    selling.win(one, "03-01")
    selling.move("Prospect", "04-01")
    selling.win(other, "05-01")
    selling.undo(other, "06-01")
    assert selling.history() == [
        *BEFORE,
        ("Customer", "03-01", "deal_won"),
        ("Prospect", "04-01", "hand"),
    ]


def test_a_move_back_by_hand_to_where_the_customer_stands_anyhow_leads_nowhere(selling, two):
    one, _other = two
    selling.win(one, "03-01")
    selling.move("Prospect", "04-01")
    selling.undo(one, "06-01")
    assert selling.history() == BEFORE


def test_on_a_clock_that_stands_still_each_win_has_the_move_it_caused(selling, two):
    one, other = two
    selling.win(one, "03-01")
    selling.move("Suspect", "03-01")
    selling.win(other, "03-01")
    selling.undo(one, "03-01")
    assert selling.history() == [
        *BEFORE,
        ("Suspect", "03-01", "hand"),
        ("Customer", "03-01", "deal_won"),
    ]
    selling.undo(other, "03-01")
    assert selling.history() == [*BEFORE, ("Suspect", "03-01", "hand")]


def test_on_a_clock_that_stands_still_the_later_win_is_undone_alone(selling, two):
    one, other = two
    selling.win(one, "03-01")
    selling.move("Suspect", "03-01")
    before = selling.history()
    selling.win(other, "03-01")
    selling.undo(other, "03-01")
    assert selling.history() == before


def test_on_a_clock_that_stands_still_moves_stay_in_the_order_they_were_told(selling, two, company):
    one, other = two
    selling.win(one, "03-01")
    selling.win(other, "03-01", by=company.teammate)
    selling.move("Loyal", "03-01")
    selling.undo(one, "03-01")
    assert selling.history() == [
        *BEFORE,
        ("Customer", "03-01", "deal_won"),
        ("Loyal", "03-01", "hand"),
    ]


def test_a_win_told_late_has_its_move_at_the_last_one_before(selling, two, year):
    one, _other = two
    selling.move("Suspect", "05-01")
    selling.win(one, "06-01", at=year("03-01"))
    assert selling.history()[-1] == ("Customer", "05-01", "deal_won")
    selling.undo(one, "06-02")
    assert selling.history() == [*BEFORE, ("Suspect", "05-01", "hand")]


def test_the_earliest_of_the_wins_that_remain_holds_the_customer_whenever_it_was_told(
    selling, two, year
):
    one, other = two
    third = selling.open("02-01")
    selling.win(one, "03-01")
    selling.win(other, "05-01")
    selling.win(third, "05-10", at=year("04-01"))
    selling.undo(one, "06-01")
    assert selling.history() == [*BEFORE, ("Customer", "04-01", "deal_won")]


def test_a_deal_opened_while_the_customer_stood_up_holds_it_where_deals_bring_it(
    selling, pipeline, customer, company, year
):
    deal = create_opportunity(pipeline=pipeline, by=company.owner, name="Of nobody", customer=None)
    Opportunity.objects.filter(pk=deal.pk).update(customer=customer)
    selling.win(Opportunity.objects.get(pk=deal.pk), "03-01")
    selling.open("04-01")
    selling.undo(deal, "06-01")
    assert selling.history() == [BEFORE[0], ("Prospect", "04-01", "deal_opened")]


def test_a_customer_that_a_win_brought_on_its_ladder_leaves_it_with_the_win(selling, two, customer):
    one, _other = two
    LifecycleChange.objects.filter(customer=customer).update(voided_by=F("pk"))
    LadderPosition.objects.filter(customer=customer).delete()
    selling.win(one, "03-01")
    assert LadderPosition.objects.get(customer=customer).stage.name == "Customer"
    selling.undo(one, "06-01")
    assert not LadderPosition.objects.filter(customer=customer).exists()


def test_a_merged_customer_goes_down_with_the_last_win_of_both(selling, two, year, company):
    from crm.services.customers import create_customer

    one, _other = two
    first, second = selling.who, create_customer(by=company.owner, name="Twin")
    selling.win(one, "04-01")
    selling.who = second
    theirs = selling.win(selling.open("04-02"), "04-03")
    for each in (first, second):
        each.refresh_from_db()
    merge_customers(first, second, by=company.admin)
    selling.who = first
    selling.undo(one, "06-01")
    assert selling.history() == [*BEFORE, ("Customer", "04-03", "deal_won")]
    selling.undo(theirs, "06-02")
    assert selling.history() == BEFORE


def test_a_ladder_move_withdrawn_by_hand_leaves_the_win_to_be_undone_alone(selling, two):
    one, _other = two
    selling.win(one, "03-01")
    undo_last_move(LifecycleChange.objects.live().last(), by=selling.by)
    selling.undo(one, "06-01")
    assert selling.history() == BEFORE


def test_an_undone_win_is_restored_with_its_day_and_the_customers_move(selling, two, company):
    one, other = two
    selling.win(one, "03-01", by=company.teammate)
    selling.win(other, "04-01")
    selling.move("Loyal", "05-01")
    before = selling.history()
    undone = selling.undo(one, "06-01")
    deal = Opportunity.objects.get(pk=one.pk)
    again = redo_move(deal, undone, by=company.manager)
    assert (again.at, again.by) == (undone.at, company.teammate)
    assert (deal.status, deal.closed_at) == ("won", undone.at)
    assert selling.history() == before
    assert LifecycleChange.objects.live().get(to_stage__name="Customer").by == company.teammate


def test_a_restored_win_takes_its_place_from_an_earlier_one_that_was_told_later(selling, two, year):
    one, other = two
    selling.win(one, "05-01")
    selling.win(other, "05-10", at=year("04-01"))
    before = selling.history()
    undone = selling.undo(one, "06-01")
    assert selling.history() == [*BEFORE, ("Customer", "04-01", "deal_won")]
    redo_move(Opportunity.objects.get(pk=one.pk), undone, by=selling.by)
    assert selling.history() == before


def test_a_move_back_by_hand_comes_back_with_the_win_that_is_restored(selling, two):
    one, _other = two
    selling.win(one, "03-01")
    selling.move("Prospect", "04-01")
    before = selling.history()
    undone = selling.undo(one, "06-01")
    redo_move(Opportunity.objects.get(pk=one.pk), undone, by=selling.by)
    assert selling.history() == before


def test_only_what_was_undone_last_is_restored(selling, two, stages):
    one, other = two
    undone = selling.undo(selling.win(one, "03-01"), "03-02")
    for deal in (other, one):
        deal = Opportunity.objects.get(pk=deal.pk)
        if deal.pk == one.pk:
            move_opportunity(deal, to=stages["Proposal"], by=selling.by)
        with pytest.raises(ValidationError, match="meanwhile"):
            redo_move(deal, undone, by=selling.by)


def test_a_win_by_the_api_is_undone_on_the_page(selling, two, as_user, company, client):
    one, other = two
    selling.win(other, "03-02")
    client = as_user(company.owner)
    address = reverse("pipeline:undo", args=[other.pk])
    client.post(f"{address}?version={other.version}", headers={"HX-Request": "true"})
    assert selling.history() == BEFORE
    assert one.version == 1
