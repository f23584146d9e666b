"""The board over the API: counts, money in one currency, cards, filters, cost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.models import ExchangeRate
from pipeline.models import Opportunity


@pytest.fixture
def board(api, pipeline):
    def read(client=None, **query):
        answer = (client or api.owner).get(f"/api/v1/pipelines/{pipeline.pk}/board/", query)
        assert answer.status_code == 200, answer.content
        return {column["stage"]["name"]: column for column in answer.json()["columns"]}

    return read


@pytest.fixture
def add(company, pipeline, stages):
    def deal(stage="Qualified", amount=100, days=1, **fields):
        at = timezone.now() - timedelta(days=days)
        fields = {"owner": company.owner, "currency": "CNY", "name": "D"} | fields
        return Opportunity.objects.create(
            pipeline=pipeline,
            stage=stages[stage],
            amount=amount,
            created_at=at,
            stage_entered_at=at,
            closed_at=None if stages[stage].is_open else at,
            **fields,
        )

    return deal


def test_columns_count_and_sum_every_deal_and_show_the_first_cards(api, board, add):
    deals = [add(days=i) for i in range(1, 6)]
    column = board(page_size=2)["Qualified"]
    assert (column["count"], column["total"]) == (5, "500.00")
    assert [card["id"] for card in column["cards"]] == [deals[0].pk, deals[1].pk]
    rest = api.owner.get(column["next"]).json()
    assert [row["id"] for row in rest["results"]] == [deals[2].pk, deals[3].pk]


def test_deals_that_sit_too_long_are_counted_and_may_be_had_alone(api, board, add, stages):
    stages["Qualified"].rotting_days = 30
    stages["Qualified"].save()
    fresh, *old = [add(days=days) for days in (30, 31, 50, 90)]
    add("Proposal", days=400)
    add("Won", days=400)
    column = board()["Qualified"]
    assert (column["count"], column["rotting"]) == (4, 3)
    assert [card["is_rotting"] for card in column["cards"]] == [False, True, True, True]
    only = board(rotting="true", page_size=2)
    assert {name for name, each in only.items() if each["count"]} == {"Qualified"}
    assert [card["id"] for card in only["Qualified"]["cards"]] == [old[2].pk, old[1].pk]
    rest = api.owner.get(only["Qualified"]["next"]).json()
    assert [row["id"] for row in rest["results"]] == [old[0].pk]
    others = board(rotting="false")
    assert [card["id"] for card in others["Qualified"]["cards"]] == [fresh.pk]
    assert others["Proposal"]["count"] == 1


def test_a_column_whose_cards_are_all_shown_has_no_more(board, add):
    add()
    assert board()["Qualified"]["next"] is None


def test_won_and_lost_show_this_month_unless_asked_for_more(board, add, company_day):
    from core import clock

    clock.pin(company_day("2026-03-15"))
    add("Won", days=0)
    old = Opportunity.objects.latest("id")
    Opportunity.objects.filter(pk=old.pk).update(
        created_at=company_day("2026-01-01"),
        stage_entered_at=company_day("2026-02-28"),
        closed_at=company_day("2026-02-28"),
    )
    add("Won", days=0)
    new = Opportunity.objects.latest("id")
    Opportunity.objects.filter(pk=new.pk).update(
        created_at=company_day("2026-01-01"),
        stage_entered_at=company_day("2026-03-01"),
        closed_at=company_day("2026-03-01"),
    )
    assert board()["Won"]["count"] == 1
    assert board(closed_since="2026-02-01T00:00:00Z")["Won"]["count"] == 2


def test_money_is_converted_at_the_rate_of_its_day(board, add):
    today = timezone.now().date()
    ExchangeRate.objects.create(base="USD", quote="CNY", date=today - timedelta(30), rate=7)
    add(currency="USD")
    add(currency="CNY")
    assert board()["Qualified"]["total"] == "800.00"


def test_a_missing_rate_is_said_and_never_taken_as_one(board, add):
    add(currency="USD")
    add(currency="CNY")
    column = board()["Qualified"]
    assert (column["count"], column["total"]) == (2, "100.00")
    (missing,) = column["missing_rates"]
    assert (missing["base"], missing["quote"], missing["deals"]) == ("USD", "CNY", 1)


def test_without_an_estimate_nothing_is_weighted(board, add):
    add()
    add("Won", days=0)
    columns = board()
    assert columns["Qualified"]["weighted"] is None
    assert columns["Proposal"]["weighted"] == "0.00"
    assert columns["Won"]["weighted"] == columns["Won"]["total"] == "100.00"


def test_weighted_totals_are_amounts_times_chances(board, add, pipeline, stages):
    from pipeline.models import Estimate

    rows = [stages[name] for name in ("Qualified", "Proposal", "Negotiation")]
    Estimate.objects.create(
        pipeline=pipeline,
        as_of=timezone.now(),
        method={},
        inputs_hash="",
        subjects=0,
        payload={},
        law={
            "rows": [["opportunity", row.pk] for row in rows],
            "win_probability": [[0.25] * 400] * 3,
            "bins_seen": [400] * 3,
        },
    )
    add(amount=100)
    add(amount=300)
    column = board()["Qualified"]
    assert Decimal(column["weighted"]) == Decimal(100)
    assert {card["probability"] for card in column["cards"]} == {0.25}


def test_the_board_shows_and_sums_only_what_the_caller_sees(api, board, add, company):
    add()
    add(owner=company.stranger)
    assert board(api.owner)["Qualified"]["count"] == 1
    assert board(api.stranger)["Qualified"]["total"] == "100.00"
    assert board(api.admin)["Qualified"]["count"] == 2


def test_the_board_is_filtered(board, add, company):
    add(amount=10, name="Press")
    add(amount=20, owner=company.teammate)
    assert board(owner=company.teammate.pk)["Qualified"]["count"] == 1
    assert board(team=company.sub_team.pk)["Qualified"]["count"] == 2
    assert board(amount_min="15")["Qualified"]["total"] == "20.00"
    assert board(q="press")["Qualified"]["total"] == "10.00"


def test_an_unknown_filter_of_the_board_is_refused(api, pipeline, problem, pointers):
    for query, pointer in (("colour=1", "#/colour"), ("owner=x", "#/owner"), ("q=%00", "#/q")):
        answer = api.owner.get(f"/api/v1/pipelines/{pipeline.pk}/board/?{query}")
        assert pointers(problem(answer, 400)) == {pointer}


def test_the_board_costs_the_same_number_of_queries_whatever_its_size(
    api, board, add, customer, django_assert_num_queries
):
    board()
    for count in (1, 30):
        for i in range(count):
            add(("Qualified", "Proposal", "Won")[i % 3], days=0, customer=customer)
        # Key, pipeline and its stages, clock, stages, deals, estimate, rates, cards.
        with django_assert_num_queries(13):
            board()
