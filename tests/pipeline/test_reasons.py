"""Why a deal has its chance: what is said, in which order, and where nothing is said."""

from datetime import timedelta

import numpy as np
import pytest
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm.models import Source
from pipeline.models import Opportunity
from pipeline.reasons import reasons_of, sentence_of
from pipeline.selectors import win_tables
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.probabilities import set_own_probability
from tests.pipeline.laws import write_estimate


@pytest.fixture
def add(company, pipeline, stages, today):
    def deal(stage="Proposal", days=0, **fields):
        return create_opportunity(
            pipeline=pipeline,
            by=company.owner,
            name=f"{stage} {days}",
            stage=stages[stage],
            created_at=today - timedelta(days=days),
            **fields,
        )

    return deal


def usual_is_twelve(days):
    """Half of those that leave have left after twelve days; one in five never leaves."""
    return 0.2 + 0.8 * 2 ** (-days / 12)


def falling(days):
    """A chance of 40 % that halves every thirty days."""
    return 0.4 * 2 ** (-days / 30)


@pytest.fixture
def estimate(pipeline, today):
    return write_estimate(
        pipeline, as_of=today, chances=(0.1, falling, 0.7), survival=usual_is_twelve
    )


def told(deal, at, **kwargs):
    return reasons_of(deal, win_tables([deal])[deal.pipeline_id], at=at, **kwargs)


def test_a_long_stay_is_told_beside_the_usual_one(add, estimate, today):
    reasons = told(add(days=41), today)
    age = next(reason for reason in reasons if reason.code == "age_usual")
    assert sentence_of(age) == "41 days in Proposal; usual is 12"
    assert age.effect == pytest.approx(falling(41) - 0.4, abs=0.01)


def test_effects_are_the_differences_they_say(add, estimate, today):
    reasons = {reason.code: reason for reason in told(add(days=41), today)}
    assert reasons["stage"].effect == pytest.approx(0.4 - 0.1)
    assert "won 4.0 times as often" in sentence_of(reasons["stage"])
    chance = 0.1 + sum(reason.effect for reason in reasons.values())
    assert chance == pytest.approx(falling(41), abs=0.01)


@pytest.mark.parametrize(
    ("days", "order"), [(3, ["stage", "age_usual"]), (120, ["age_usual", "stage"])]
)
def test_the_strongest_reason_comes_first(add, estimate, today, days, order):
    assert [reason.code for reason in told(add(days=days), today)] == order


def test_a_fresh_deal_of_the_first_stage_is_as_usual(add, estimate, today):
    (reason,) = told(add("Qualified"), today)
    assert sentence_of(reason) == "As usual for deals in Qualified"


def test_a_deal_older_than_any_before_it_is_said_to_be(add, pipeline, today):
    write_estimate(pipeline, as_of=today, chances=(0.1, 0.1, 0.1), bins_seen=20)
    (reason,) = told(add(days=60), today)
    assert sentence_of(reason) == "60 days in Proposal: longer than any deal before it"
    assert "longer" not in sentence_of(told(add(days=10), today)[0])


def test_of_few_stays_nobody_says_what_is_usual(add, pipeline, today):
    write_estimate(
        pipeline, as_of=today, chances=(0.4, falling, 0.4), survival=usual_is_twelve, ended=9
    )
    (reason,) = told(add(days=41), today)
    assert sentence_of(reason) == "41 days in Proposal"


def test_what_a_field_says_is_told_once_the_levels_are_given(add, estimate, today):
    fairs = Source.objects.create(name="Fairs")
    deal = add(days=0, source=fairs, region="North")
    assert {reason.code for reason in told(deal, today)} == {"stage"}
    levels = {"source": {fairs.pk: 0.6, fairs.pk + 1: 3.0}, "region": {"North": 1.001}}
    reasons = told(deal, today, levels=levels)
    level = next(reason for reason in reasons if reason.code == "level")
    assert sentence_of(level) == "Source Fairs: won 0.6 times as often as usual"
    # Without the source's level the chance of .4 would be two thirds higher.
    assert level.effect == pytest.approx(0.4 - 0.4 / 0.6)
    assert len(reasons) == 2


def test_closed_and_undated_deals_and_those_without_rates_have_no_reasons(add, stages, today):
    deal = add(days=41)
    assert told(deal, today) == []
    write_estimate(deal.pipeline, as_of=today, chances=(0.1, 0.4, 0.7))
    assert told(deal, today)
    deal.stage_entered_at = None
    assert told(deal, today) == []
    won = add("Proposal", days=3)
    move_opportunity(won, to=stages["Won"], by=None)
    assert told(won, today) == []


def test_every_reason_reads_well_in_another_language(add, estimate, today):
    """Sentences are made when they are read, so the same reason serves every reader."""
    reasons = told(add(days=41), today)
    with translation.override("zh-hans"):
        assert all("%(" not in sentence_of(reason) for reason in reasons)


def test_board_and_deal_page_say_why(client, company, add, estimate, today):
    deal = add(days=41)
    client.force_login(company.owner)
    board = client.get("/deals/").content.decode()
    assert "Chance of being won:</span>16\u202f%" in board
    assert "41 days in Proposal; usual is 12" in board
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "41 days in Proposal; usual is 12" in page
    assert "lowers it by" in page


def test_the_api_tells_the_reasons_of_a_single_deal_alone(company, add, estimate, today):
    from tests.api.conftest import client_of

    deal, api = add(days=41), client_of(company.owner)
    shown = api.get(f"/api/v1/opportunities/{deal.pk}/").json()
    assert {reason["code"] for reason in shown["probability_reasons"]} == {"stage", "age_usual"}
    strongest = shown["probability_reasons"][0]
    assert set(strongest) == {"code", "text", "effect"}
    effects = np.abs([reason["effect"] for reason in shown["probability_reasons"]])
    assert (np.diff(effects) <= 0).all()
    (row,) = api.get("/api/v1/opportunities/").json()["results"]
    assert "probability_reasons" not in row
    assert row["probability"] == shown["probability"]


def test_reasons_and_own_chances_cost_no_query_a_card(
    client, company, add, estimate, django_assert_num_queries
):
    from django.db import connection

    client.force_login(company.owner)
    set_own_probability(add(days=41), 0.5, by=company.owner)
    client.get("/deals/")
    with CaptureQueriesContext(connection) as few:
        client.get("/deals/")
    for days in range(9):
        set_own_probability(add(days=days), 0.3, by=company.owner)
    with django_assert_num_queries(len(few)):
        page = client.get("/deals/").content.decode()
    assert page.count("Own chance:") == Opportunity.objects.count()
