"""When a deal stays too long: by what a manager set, else by the usual dwell of its stage."""

from datetime import timedelta
from math import log

import pytest

from crm.services.customers import create_customer
from pipeline.models import Opportunity
from pipeline.outlooks import outlooks
from pipeline.rotting import rotting
from pipeline.selectors import usual_dwell, win_tables
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.views.cards import card_views
from tests.histories import write_history
from tests.pipeline.laws import write_estimate


@pytest.fixture
def add(company, pipeline, today):
    customer = create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)

    def deal(days, **fields):
        return create_opportunity(
            pipeline=pipeline,
            customer=customer,
            by=company.owner,
            name=f"After {days}",
            created_at=today - timedelta(days=days),
            **fields,
        )

    return deal


def test_the_filter_finds_the_deals_that_the_cards_mark(
    pipeline, company, add, estimate, stages, today
):
    """Of a stage with a limit, of one measured by the usual dwell, on either side of both."""
    deals = [add(days) for days in (0, 33, 34, 35, 60, 500)]
    moved = [add(days) for days in (8, 7, 6)]
    stages["Proposal"].rotting_days = 6
    stages["Proposal"].save()
    for deal in moved:
        move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    Opportunity.objects.filter(pk=moved[0].pk).update(stage_entered_at=today - timedelta(days=7))
    Opportunity.objects.filter(pk=moved[1].pk).update(
        stage_entered_at=today - timedelta(days=7) + timedelta(microseconds=1)
    )
    Opportunity.objects.filter(pk=deals[0].pk).update(stage_entered_at=None)
    every = list(Opportunity.objects.select_related("stage", "pipeline"))
    marked = {deal.pk for deal in every if outlooks(every, at=today)[deal.pk].age == "hot"}
    assert moved[0].pk in marked
    assert len(marked) in (4, 5)
    assert set(Opportunity.objects.filter(rotting(at=today)).values_list("pk", flat=True)) == marked
    others = Opportunity.objects.exclude(rotting(at=today, pipeline=pipeline))
    assert set(others.values_list("pk", flat=True)) == {deal.pk for deal in every} - marked


def set_limit(stages, days):
    stages["Qualified"].rotting_days = days
    stages["Qualified"].save()


def halves_in_ten_days(days):
    """Half never leave; of those that do, half have left by 10, ¾ by 20, nine of ten by 33.2."""
    return 0.5 + 0.5 * 2 ** (-days / 10)


@pytest.fixture
def estimate(pipeline, today):
    return write_estimate(
        pipeline, as_of=today, chances=(0.3, 0.3, 0.3), survival=halves_in_ten_days
    )


def ages(deals, at):
    known = outlooks(deals, at=at)
    return [known[deal.pk].age for deal in deals]


def test_the_usual_dwell_is_that_of_the_deals_that_leave(pipeline, estimate, add, today):
    usual = win_tables([add(1)])[pipeline.pk].usual
    dwell = next(iter(usual.values()))
    assert (dwell.half, dwell.three_of_four) == (10, 20)
    assert dwell.nine_of_ten in (34, 35)


def test_where_nobody_leaves_nothing_is_usual():
    from pipeline.estimation import AGE_EDGES

    assert usual_dwell(0 * AGE_EDGES + 1.0) is None
    assert usual_dwell(0 * AGE_EDGES + float("nan")) is None


def test_the_usual_dwell_is_learned_from_the_history(pipeline, stages, company, company_day, today):
    """Stays of ``write_history`` are exponential with a mean of twelve days."""
    write_history(pipeline, start=company_day("2001-01-01"), days=430, deals=1500)
    refresh(pipeline)
    deal = Opportunity.objects.first()
    usual = win_tables([deal])[pipeline.pk].usual[stages["Qualified"].pk]
    assert usual.half == pytest.approx(12 * log(2), abs=1.5)
    assert usual.three_of_four == pytest.approx(12 * log(4), abs=2.5)
    assert usual.nine_of_ten == pytest.approx(12 * log(10), abs=4)


def test_amber_past_three_of_four_and_red_past_nine_of_ten(add, estimate, today):
    days = [0, 20, 21, 33, 36, 400]
    assert ages([add(each) for each in days], today) == ["", "", "warm", "warm", "hot", "hot"]


def test_a_limit_set_by_a_manager_is_the_red_one(add, estimate, stages, today):
    set_limit(stages, 15)
    assert ages([add(15), add(16), add(30)], today) == ["", "hot", "hot"]
    set_limit(stages, 100)
    for deal in (deals := list(Opportunity.objects.select_related("stage").order_by("id"))):
        deal.stage.refresh_from_db()
    assert ages(deals, today) == ["", "", "warm"]


def test_without_rates_only_what_was_set_counts(add, stages, today):
    assert ages([add(400)], today) == [""]
    set_limit(stages, 10)
    assert ages([add(10), add(11)], today) == ["", "hot"]


def test_closed_deals_and_those_of_unknown_age_never_rot(add, estimate, stages, company, today):
    won, undated = add(400), add(400)
    move_opportunity(won, to=stages["Won"], by=company.owner)
    undated.stage_entered_at = None
    assert ages([won, undated], today + timedelta(days=400)) == ["", ""]


def test_a_deal_is_asked_whether_it_rots(add, stages, today):
    deal = add(30)
    assert not deal.is_rotting(at=today)
    assert deal.is_rotting(at=today, usual=29)
    assert not deal.is_rotting(at=today, usual=30)
    set_limit(stages, 40)
    deal.stage.refresh_from_db()
    assert not deal.is_rotting(at=today, usual=29)


@pytest.mark.parametrize(
    ("days", "limit", "sentence"),
    [
        (1, None, "1 day here; usual is 10"),
        (25, None, "25 days here; three of four deals that leave this stage have left by 20"),
        (41, None, "41 days here; nine of ten deals that leave this stage have left by {nine}"),
        (41, 30, "41 days here; it should be 30 at most"),
    ],
)
def test_the_age_is_told_with_its_measure(add, estimate, stages, today, days, limit, sentence):
    set_limit(stages, limit)
    deal = add(days)
    (card,) = card_views([deal], at=today)
    assert card.age_sentence == sentence.format(nine=card.outlook.usual.nine_of_ten)


def test_today_board_deal_and_api_agree_on_what_rots(client, company, add, estimate, today):
    from tests.api.conftest import client_of

    rotting, slow = add(41), add(25)
    client.force_login(company.owner)
    front = client.get("/").content.decode()
    assert "1 deal stands still too long" in front
    assert rotting.name in front
    assert slow.name not in front.split("stands still too long")[1].split("</section>")[0]
    board = client.get("/deals/").content.decode()
    cards = {part.split('"')[0]: part for part in board.split('data-name="')[1:]}
    assert "text-hot" in cards[rotting.name]
    assert "text-warm" in cards[slow.name]
    assert "nine of ten deals" in client.get(f"/deals/{rotting.pk}/").content.decode()
    address = f"/api/v1/pipelines/{rotting.pipeline_id}/board/"
    shown = client_of(company.owner).get(address).json()["columns"][0]["cards"]
    assert {card["name"]: card["is_rotting"] for card in shown} == {
        rotting.name: True,
        slow.name: False,
    }


def test_today_costs_the_same_number_of_queries_however_many_deals_rot(
    client, company, add, estimate, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(company.owner)
    add(41)
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    for _ in range(12):
        add(50)
    with django_assert_num_queries(len(few)):
        assert "13 deals stand still too long" in client.get("/").content.decode()
