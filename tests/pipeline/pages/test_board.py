import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from pipeline import board_totals
from pipeline.models import LostReason, Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity, move_opportunity
from tests.histories import write_history

BOARD = "/deals/"


def make_deals(company, pipeline, customer, count, **fields):
    return [
        create_opportunity(
            pipeline=pipeline,
            by=company.owner,
            customer=customer,
            name=f"Deal {i}",
            amount=Decimal(1000),
            **fields,
        )
        for i in range(count)
    ]


def test_a_card_shows_customer_deal_amount_and_owner(as_user, company, deal):
    page = as_user(company.owner).get(BOARD).content.decode()
    assert "Hengda Foods" in page
    assert "Filling line" in page
    assert "¥380,000" in page
    assert 'title="Li"' in page


@pytest.mark.parametrize(
    ("who", "sees"),
    [("owner", True), ("teammate", True), ("manager", True), ("admin", True), ("stranger", False)],
)
def test_the_board_obeys_visibility(as_user, company, deal, who, sees):
    page = as_user(getattr(company, who)).get(BOARD).content.decode()
    assert ("Filling line" in page) is sees


def test_the_first_ten_cards_come_and_the_rest_on_request(as_user, company, pipeline, customer):
    make_deals(company, pipeline, customer, 25)
    client = as_user(company.owner)
    page = client.get(BOARD).content.decode()
    assert page.count('class="deal-card"') == 10
    assert "Show 15 more" in page
    stage = pipeline.stages.get(name="Qualified")
    url = reverse("pipeline:column_cards", args=[stage.pk])
    more = client.get(f"{url}?shown=10&of=25", headers={"HX-Request": "true"}).content.decode()
    assert more.count('class="deal-card"') == 15
    assert "cards-more" not in more


def test_filters_stand_in_the_address_and_hold(as_user, company, pipeline, customer, deal):
    make_deals(company, pipeline, customer, 1)
    client = as_user(company.owner)
    assert "Filling line" in client.get(f"{BOARD}?q=filling").content.decode()
    page = client.get(f"{BOARD}?amount_max=2000").content.decode()
    assert "Filling line" not in page
    assert "Deal 0" in page
    assert 'value="2000"' in page


def test_the_expected_close_filters_board_and_list(as_user, company, pipeline, customer):
    make_deals(company, pipeline, customer, 1, expected_close=date(2002, 3, 31))
    client = as_user(company.owner)
    for asked, is_there in (
        ("expected_from=2002-03-31&expected_to=2002-03-31", True),
        ("expected_from=2002-04-01", False),
        ("expected_to=2002-03-30", False),
    ):
        for address in (BOARD, "/deals/list/"):
            assert ("Deal 0" in client.get(f"{address}?{asked}").content.decode()) == is_there
    page = client.get(f"{BOARD}?expected_from=2002-04-01&expected_to=2002-03-01").content.decode()
    assert "before the day it starts from" in page
    assert "Deal 0" not in page
    assert client.get(f"{BOARD}?expected_from=yesterday").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "owner=x",
        "owner=999999999999999999999999",
        "amount_min=abc",
        "amount_min=1e400",
        "q=%00",
        "source=-1",
        "product=%F0%9F%98%80",
    ],
)
def test_senseless_filters_do_no_harm(as_user, company, deal, query):
    assert as_user(company.owner).get(f"{BOARD}?{query}").status_code == 200


def test_a_filter_that_makes_no_sense_says_so_beside_its_field(as_user, company, deal):
    page = as_user(company.owner).get(f"{BOARD}?amount_min=5&amount_max=1").content.decode()
    assert "less than the amount it starts from" in page


def test_an_unknown_pipeline_is_not_found(as_user, company, deal):
    assert as_user(company.owner).get(f"{BOARD}?pipeline=x").status_code == 404
    assert as_user(company.owner).get(f"{BOARD}?pipeline=99999").status_code == 404


def test_htmx_gets_the_columns_alone(as_user, company, deal):
    page = as_user(company.owner).get(BOARD, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "Filling line" in page


def test_an_empty_board_says_how_to_begin(as_user, company, pipeline):
    assert "Add the first deal" in as_user(company.owner).get(BOARD).content.decode()


def test_without_a_pipeline_the_page_says_what_is_missing(as_user, company):
    assert "no pipeline yet" in as_user(company.owner).get(BOARD).content.decode()


def test_cards_turn_red_past_the_limit_that_a_manager_set(
    as_user, company, pipeline, customer, stages
):
    stages["Qualified"].rotting_days = 10
    stages["Qualified"].save()
    for days in (5, 12):
        create_opportunity(
            pipeline=pipeline,
            by=company.owner,
            customer=customer,
            name=f"After {days}",
            created_at=clock.now() - timedelta(days=days),
        )
    page = as_user(company.owner).get(BOARD).content.decode()
    cards = {
        text.split('data-name="')[1].split('"')[0]: text for text in page.split("<article")[1:]
    }
    assert "text-hot" not in cards["After 5"]
    assert "text-hot" in cards["After 12"]
    assert "12 days here; it should be 10 at most" in cards["After 12"]


def test_won_and_lost_show_this_month_only(as_user, company, pipeline, stages, deal):
    LostReason.objects.all().delete()
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    client = as_user(company.owner)
    assert "Filling line" in client.get(BOARD).content.decode()
    clock.pin(clock.now() + timedelta(days=31))
    assert "Filling line" not in client.get(BOARD).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_deals(
    as_user, company, pipeline, customer, django_assert_num_queries
):
    client = as_user(company.manager)
    make_deals(company, pipeline, customer, 3)
    client.get(BOARD)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(BOARD)
    make_deals(company, pipeline, customer, 30)
    with django_assert_num_queries(len(few)):
        client.get(BOARD)
    assert len(few) <= 26


def test_a_chance_has_its_reasons_in_a_tip_and_in_no_title(as_user, company, pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(
        pipeline, start=company_day("2001-01-01"), days=364, deals=200, owner=company.owner
    )
    refresh(pipeline)
    page = as_user(company.owner).get(BOARD).content.decode()
    card = re.search(r'<article class="deal-card" id="deal-(\d+)".*?</article>', page, re.DOTALL)
    tip = re.search(rf'<div id="why-{card[1]}" hidden>.*?</ul>\s*</div>', card[0], re.DOTALL)
    assert "Chance of being won:" in tip[0]
    assert tip[0].count("<li>") in (1, 2, 3)
    assert f'data-tip="why-{card[1]}" aria-describedby="why-{card[1]}"' in card[0]
    assert 'title="Chance' not in page


def test_what_sits_too_long_is_counted_in_the_head_and_shown_alone_the_longest_first(
    as_user, company, pipeline, customer, stages, today
):
    stages["Qualified"].rotting_days = 10
    stages["Qualified"].save()
    days = (3, 11, 40, 20)
    for each in days:
        make_deals(company, pipeline, customer, 1, created_at=today - timedelta(days=each))
    client = as_user(company.owner)
    page = client.get(BOARD, {"q": "Deal"}).content.decode()
    assert 'href="/deals/?q=Deal&amp;rotting=1"' in page
    assert "3 here too long" in page
    page = client.get(BOARD, {"rotting": "1"}).content.decode()
    assert re.findall(r">(\d+) d<", page) == ["40", "20", "11"]
    assert 'name="rotting" value="1" id="filter-rotting" autocomplete="off" checked' in page
    column = stages["Qualified"].pk
    more = client.get(f"/deals/columns/{column}/", {"rotting": "1", "shown": 2, "of": 3})
    assert re.findall(r">(\d+) d<", more.content.decode()) == ["11"]
    rows = client.get("/deals/list/", {"rotting": "1"}).content.decode()
    assert rows.count("<tr data-href") == 3


def test_the_filter_for_what_sits_too_long_costs_as_many_queries_whatever_there_is(
    as_user, company, pipeline, customer, stages, today
):
    stages["Qualified"].rotting_days = 10
    stages["Qualified"].save()
    client, costs = as_user(company.owner), []
    for count in (1, 30):
        make_deals(company, pipeline, customer, count, created_at=today - timedelta(days=40))
        client.get(BOARD, {"rotting": "1"})
        with CaptureQueriesContext(connection) as asked:
            client.get(BOARD, {"rotting": "1"})
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_the_sums_of_many_deals_are_kept_and_follow_ones_own_moves(
    as_user, company, pipeline, customer, monkeypatch, forget_cache
):
    monkeypatch.setattr(board_totals, "MANY", 2)
    monkeypatch.setattr(board_totals, "KEPT_TIMES", 1e6)
    make_deals(company, pipeline, customer, 3)
    client = as_user(company.manager)
    assert "as of" in client.get(BOARD).content.decode() + client.get(BOARD).content.decode()
    make_deals(company, pipeline, customer, 2)
    qualified, proposal = (pipeline.stages.get(name=name) for name in ("Qualified", "Proposal"))
    deal = Opportunity.objects.filter(stage=qualified).earliest("id")

    def counts(page):
        found = re.findall(r"<h2>(\w+) <span class=\"column-count\">(\d+)<", page)
        return {name: int(count) for name, count in found}

    # What others add shows when the sums are added up anew, what one moves at once.
    assert counts(client.get(BOARD).content.decode())["Qualified"] == 3
    data = {"stage": proposal.pk, "version": deal.version}
    answer = client.post(
        reverse("pipeline:move", args=[deal.pk]) + "?on=board", data, headers={"HX-Request": "true"}
    ).content.decode()
    assert counts(answer) == {"Qualified": 2, "Proposal": 1}
    after = counts(client.get(BOARD).content.decode())
    assert (after["Qualified"], after["Proposal"]) == (2, 1)
    forget_cache()
    after = counts(client.get(BOARD).content.decode())
    assert (after["Qualified"], after["Proposal"]) == (4, 1)
