"""The chance of a deal by its segment: where it is used, what it says, what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.models import DirtyFlag
from crm.models import Source
from pipeline.models import Estimate, Opportunity
from pipeline.outlooks import outlooks
from pipeline.reasons import sentence_of
from pipeline.selectors import win_probabilities
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
from pipeline.tasks import request_all_estimates
from tests.histories import write_history


@pytest.fixture
def fairs(db):
    return Source.objects.create(name="Fairs")


@pytest.fixture
def referrals(db):
    return Source.objects.create(name="Referrals")


@pytest.fixture
def history(pipeline, company_day, fairs, referrals):
    """A year of 900 deals: two of three that are lost came from fairs, as one of five others."""
    clock.pin(company_day("2002-01-01"))
    deals = write_history(pipeline, start=company_day("2001-01-01"), days=364, deals=900)
    for place, deal in enumerate(deals):
        by_fair = place % 3 != 0 if deal.stage.is_lost else place % 5 == 0
        deal.source, deal.region = fairs if by_fair else referrals, ("North", "South")[place % 2]
    Opportunity.objects.bulk_update(deals, ["source", "region"])
    refresh(pipeline)
    return pipeline


def open_deals(pipeline):
    return list(
        Opportunity.objects.open().filter(pipeline=pipeline).select_related("stage", "source")
    )


def test_deals_have_the_chance_of_their_segment_once_it_has_proved_better(history):
    deals = open_deals(history)
    before = win_probabilities(deals)
    estimate = refresh_segment(history, "source")
    assert estimate.law["gain"]["nats"] > 3
    assert estimate.payload["gain"]["used"]
    assert estimate.law["gain"]["brier"] < estimate.law["gain"]["brier_whole"]
    after = win_probabilities(deals)
    change = {"Fairs": [], "Referrals": []}
    for deal in deals:
        change[deal.source.name].append(after[deal.pk] - before[deal.pk])
    # The chance of a few that have stayed too long is nil either way.
    assert max(change["Fairs"]) <= 0 > min(change["Fairs"])
    assert min(change["Referrals"]) >= 0 < max(change["Referrals"])


def test_a_field_that_tells_nothing_changes_no_chance(history):
    deals = open_deals(history)
    before = win_probabilities(deals)
    estimate = refresh_segment(history, "region")
    assert "win_probability" not in estimate.law
    assert estimate.law["gain"]["deals"] > 50
    assert win_probabilities(deals) == before


def test_of_several_fields_the_one_that_gained_most_tells(history):
    deals = open_deals(history)
    refresh_segment(history, "source")
    by_source = win_probabilities(deals)
    other = refresh_segment(history, "region")
    law = Estimate.objects.get(segment="source").law
    for nats in (law["nats"] - 1, law["nats"] + 1):
        other.law = law | {"field": "region", "values": ["North", "South"], "nats": nats}
        other.save(update_fields=["law"])
        told = win_probabilities(deals)
        assert (told == by_source) == (nats < law["nats"])


def test_a_deal_says_how_much_its_segment_does(history, fairs):
    refresh_segment(history, "source")
    deals = [deal for deal in open_deals(history) if deal.source == fairs]
    law = Estimate.objects.get(segment="source").law
    level = dict(zip(law["values"], law["levels"], strict=True))[fairs.pk]
    assert 0 < level < 0.9
    reasons = outlooks(deals, at=clock.now())[deals[0].pk].reasons
    assert f"Source Fairs: won {level:.1f} times as often as usual" in map(sentence_of, reasons)


def test_deals_of_a_new_source_have_the_chance_of_all(history):
    refresh_segment(history, "source")
    deal = open_deals(history)[0]
    overall = refresh(history)
    deal.source = Source.objects.create(name="Letters")
    stage = [pk for _kind, pk in overall.law["rows"]][-3:].index(deal.stage_id)
    chance = win_probabilities([deal])[deal.pk]
    assert any(chance == pytest.approx(each) for each in overall.law["win_probability"][stage])


def test_chances_of_another_month_are_not_used(history, company_day):
    deals = open_deals(history)
    refresh_segment(history, "source")
    clock.pin(company_day("2002-01-20"))
    refresh(history)
    told = outlooks(deals, at=clock.now())
    codes = {reason.code for outlook in told.values() for reason in outlook.reasons}
    assert "level" not in codes


def test_chances_by_segment_cost_a_page_no_query(history):
    def cost():
        deals = Opportunity.objects.open().select_related("stage")
        outlooks(deals, at=clock.now())
        with CaptureQueriesContext(connection) as asked:
            found = outlooks(deals.all(), at=clock.now())
        return len(asked), {reason.code for each in found.values() for reason in each.reasons}

    before, codes = cost()
    assert "level" not in codes
    refresh_segment(history, "source")
    after, codes = cost()
    assert "level" in codes
    assert after == before


def test_the_board_asks_as_much_whatever_tells_the_chance(history, client, company):
    def cost():
        client.force_login(company.admin)
        client.get("/deals/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/deals/").status_code == 200
        return len(asked)

    before = cost()
    refresh_segment(history, "source")
    assert cost() == before


def test_every_night_asks_for_the_fields_that_may_tell_and_by_which_plans_are_divided(history):
    DirtyFlag.objects.all().delete()
    clock.pin(clock.now() + timedelta(days=1))
    request_all_estimates()
    names = set(
        DirtyFlag.objects.filter(name__startswith="segments:").values_list("name", flat=True)
    )
    wanted = ("owner", "source", "region", "product", "team")
    assert names == {f"segments:{history.pk}:{field}" for field in wanted}
