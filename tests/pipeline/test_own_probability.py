"""A person's own word on a deal's chance: kept, shown, taken back, and scored once it is closed."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from core.services.versions import StaleVersion
from pipeline.models import Opportunity, OwnProbability, StageChange
from pipeline.own_scores import own_probability_scores
from pipeline.services.opportunities import create_opportunity, move_opportunity, undo_move
from pipeline.services.pipelines import merge_stages
from pipeline.services.probabilities import set_own_probability
from tests.api.conftest import client_of
from tests.pipeline.laws import write_estimate

HTMX = {"HX-Request": "true"}
API = "/api/v1/opportunities/"


@pytest.fixture
def today(db, company_day):
    at = company_day("2002-03-15", 9)
    clock.pin(at)
    return at


@pytest.fixture
def add(company, pipeline, today):
    def deal(owner=None, **fields):
        owner = owner or company.owner
        return create_opportunity(pipeline=pipeline, by=owner, name="Line", owner=owner, **fields)

    return deal


@pytest.fixture
def deal(add):
    return add()


def standing(deal):
    row = deal.own_probabilities.order_by("id").last()
    return row.probability if row else None


# Keeping it


def test_every_word_is_kept_and_the_last_one_holds(deal, company):
    set_own_probability(deal, 0.6, by=company.owner)
    set_own_probability(deal, 0.3, by=company.manager)
    set_own_probability(deal, None, by=company.manager)
    said = deal.own_probabilities.values_list("probability", "by__name")
    assert list(said) == [(0.6, "Li"), (0.3, "Mei"), (None, "Mei")]
    told = AuditEntry.objects.filter(action="set_own_probability").order_by("id")
    assert [entry.changes["own_probability"] for entry in told] == [
        [None, 0.6],
        [0.6, 0.3],
        [0.3, None],
    ]


def test_the_same_word_again_is_no_news(deal, company):
    assert set_own_probability(deal, None, by=company.owner) is None
    set_own_probability(deal, 0.6, by=company.owner)
    version = deal.version
    assert set_own_probability(deal, 0.6, by=company.owner) is None
    assert (deal.own_probabilities.count(), deal.version) == (1, version)


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan"), float("inf")])
def test_what_is_no_share_is_refused(deal, company, wrong):
    with pytest.raises(ValidationError):
        set_own_probability(deal, wrong, by=company.owner)
    assert not OwnProbability.objects.exists()


def test_the_database_itself_refuses_what_is_no_share(deal, company):
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnProbability.objects.create(
            opportunity=deal, pipeline=deal.pipeline, probability=1.5, at=clock.now()
        )


def test_what_was_said_is_never_rewritten(deal, company):
    set_own_probability(deal, 0.6, by=company.owner)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        deal.own_probabilities.update(probability=0.9)
    with pytest.raises(TypeError):
        deal.own_probabilities.all().delete()
    assert standing(deal) == 0.6


def test_a_closed_deal_takes_no_more_words(deal, stages, company):
    set_own_probability(deal, 0.6, by=company.owner)
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    with pytest.raises(ValidationError):
        set_own_probability(deal, 0.99, by=company.owner)
    assert standing(deal) == 0.6


def test_two_people_at_once_do_not_overwrite_each_other_unseen(deal, company):
    seen = Opportunity.objects.get(pk=deal.pk)
    set_own_probability(deal, 0.6, by=company.owner)
    with pytest.raises(StaleVersion):
        set_own_probability(seen, 0.2, by=company.manager)
    assert standing(deal) == 0.6


# The deal's page


def say(client, deal, percent, **fields):
    deal.refresh_from_db()
    values = {"percent": percent, "version": deal.version} | fields
    return client.post(reverse("pipeline:own_probability", args=[deal.pk]), values, headers=HTMX)


@pytest.fixture
def page(client, company):
    client.force_login(company.owner)
    return client


@pytest.mark.parametrize(
    ("typed", "kept"), [("60", 0.6), ("60 %", 0.6), ("12.5", 0.125), ("６０％", 0.6), ("0", 0.0)]
)
def test_it_is_typed_in_percent(page, deal, typed, kept):
    answer = say(page, deal, typed)
    assert answer.status_code == 200
    assert standing(deal) == kept
    assert f'value="{100 * kept:g}"' in answer.content.decode()


def test_the_models_chance_stays_beside_it(page, deal, today):
    write_estimate(deal.pipeline, as_of=today, chances=(0.25, 0.4, 0.7))
    shown = say(page, deal, "60").content.decode()
    assert "25\u202f%</strong>" in shown
    assert "60\u202f%, kept on" in shown
    assert "Li" in shown


def test_the_history_tells_what_was_said(page, deal):
    say(page, deal, "60")
    shown = say(page, deal, "").content.decode()
    history = shown[shown.index('class="deal-history"') :]
    assert history.index("Own chance taken back") < history.index("60\u202f%")


def test_an_empty_field_takes_it_back_and_undo_brings_it_again(page, deal):
    say(page, deal, "60")
    taken = say(page, deal, "")
    assert standing(deal) is None
    undo = json.loads(taken["HX-Trigger"])["toast"]["toasts"][0]["undo"]
    assert page.post(undo, headers=HTMX).status_code == 200
    assert standing(deal) == 0.6


@pytest.mark.parametrize("typed", ["101", "-1", "much", "NaN", "1e999", "9" * 400, "\x00"])
def test_what_makes_no_sense_is_said_beside_the_field(page, deal, typed):
    answer = say(page, deal, typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#own-chance"
    assert "invalid-feedback" in shown
    assert "<html" not in shown
    assert not OwnProbability.objects.exists()


def test_a_stale_page_is_refused_keeps_what_was_typed_and_may_be_sent_again(page, deal, company):
    stale = deal.version
    set_own_probability(deal, 0.2, by=company.manager)
    answer = say(page, deal, "60", version=stale)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this meanwhile" in shown
    assert 'value="60"' in shown
    assert f'name="version" value="{deal.version}"' in shown
    assert "20\u202f%, kept on" in shown
    assert say(page, deal, "60").status_code == 200


@pytest.mark.parametrize(
    ("who", "status"), [("teammate", 200), ("manager", 200), ("stranger", 404)]
)
def test_who_may_say_it(client, company, deal, who, status):
    client.force_login(getattr(company, who))
    assert say(client, deal, "60").status_code == status


def test_without_script_the_page_itself_answers(page, deal):
    address = reverse("pipeline:own_probability", args=[deal.pk])
    refused = page.post(address, {"percent": "x", "version": deal.version})
    assert refused.status_code == 422
    assert "<html" in refused.content.decode()
    kept = page.post(address, {"percent": "60", "version": deal.version})
    assert kept.url == reverse("pipeline:opportunity", args=[deal.pk])


def test_a_closed_deal_shows_what_was_held_and_asks_no_more(page, deal, stages, company):
    say(page, deal, "60")
    deal.refresh_from_db()
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    shown = page.get(reverse("pipeline:opportunity", args=[deal.pk])).content.decode()
    assert "60\u202f%, kept on" in shown
    assert 'name="percent"' not in shown


# The API


@pytest.fixture
def api(company):
    return client_of(company.owner)


def patch(api, deal, **fields):
    etag = api.get(f"{API}{deal.pk}/")["ETag"]
    return api.patch(f"{API}{deal.pk}/", fields, headers={"If-Match": etag})


def test_the_api_keeps_shows_and_takes_back(api, deal, today):
    write_estimate(deal.pipeline, as_of=today, chances=(0.25, 0.4, 0.7))
    assert api.get(f"{API}{deal.pk}/").json()["own_probability"] is None
    shown = patch(api, deal, own_probability=0.6).json()
    assert (shown["own_probability"], shown["probability"]) == (0.6, 0.25)
    assert api.get(API).json()["results"][0]["own_probability"] == 0.6
    board = api.get(f"/api/v1/pipelines/{deal.pipeline_id}/board/").json()
    assert board["columns"][0]["cards"][0]["own_probability"] == 0.6
    assert patch(api, deal, own_probability=None).json()["own_probability"] is None
    assert deal.own_probabilities.count() == 2


def test_a_copy_read_before_it_was_said_is_stale(api, deal):
    old = api.get(f"{API}{deal.pk}/")["ETag"]
    patch(api, deal, own_probability=0.6)
    again = api.patch(f"{API}{deal.pk}/", {"own_probability": 0.1}, headers={"If-Match": old})
    assert again.status_code == 412


@pytest.mark.parametrize("wrong", [1.5, -0.1, "nan", "Infinity", True, "much", [], {}, 10**400])
def test_the_api_refuses_what_is_no_share(api, deal, wrong):
    answer = patch(api, deal, own_probability=wrong)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/own_probability"]
    assert standing(deal) is None


def test_a_closed_deal_is_refused_but_may_be_put_back_as_read(api, deal, stages, company):
    patch(api, deal, own_probability=0.6)
    deal.refresh_from_db()
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    refused = patch(api, deal, own_probability=0.9)
    assert refused.json()["errors"][0]["pointer"] == "#/own_probability"
    seen = api.get(f"{API}{deal.pk}/")
    put = api.put(f"{API}{deal.pk}/", seen.json(), headers={"If-Match": seen["ETag"]})
    assert (put.status_code, put.json()["own_probability"]) == (200, 0.6)


def test_a_change_is_made_whole_or_not_at_all(api, deal, stages, company):
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    assert patch(api, deal, name="Renamed", own_probability=0.5).status_code == 400
    deal.refresh_from_db()
    assert deal.name == "Line"


def test_a_deal_may_come_with_it(api, deal):
    body = {"name": "N", "pipeline": deal.pipeline_id, "external_id": "X", "customer": None}
    made = api.post(f"{API}upsert/", body | {"own_probability": 0.4})
    assert (made.status_code, made.json()["own_probability"]) == (201, 0.4)
    again = api.post(f"{API}upsert/", body | {"own_probability": 0.5})
    assert (again.status_code, again.json()["own_probability"]) == (200, 0.5)
    assert api.post(f"{API}upsert/", body).json()["own_probability"] == 0.5


# Scoring it


def close(deal, to, *, days, company):
    clock.pin(clock.now() + timedelta(days=days))
    deal.refresh_from_db()
    return move_opportunity(deal, to=to, by=company.owner)


def test_own_words_and_the_rates_are_scored_by_the_same_deals(add, stages, company, today):
    """Won at .8 and lost at .4 by hand: (.04 + .16) / 2; the rates said .3 of both."""
    write_estimate(add().pipeline, as_of=today - timedelta(days=1), chances=(0.3, 0.4, 0.7))
    won, lost = add(), add()
    set_own_probability(won, 0.8, by=company.owner)
    set_own_probability(lost, 0.4, by=company.owner)
    close(won, stages["Won"], days=5, company=company)
    close(lost, stages["Lost"], days=5, company=company)
    total = own_probability_scores(won.pipeline).total
    assert (total.n, total.left_out) == (2, 0)
    assert total.brier_own == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert total.brier_model == pytest.approx((0.7**2 + 0.3**2) / 2)


def test_what_was_said_on_the_last_day_is_no_forecast(add, stages, company, today):
    deal = add()
    write_estimate(deal.pipeline, as_of=today, chances=(0.3, 0.4, 0.7))
    set_own_probability(deal, 0.5, by=company.owner)
    clock.pin(today + timedelta(days=10))
    set_own_probability(deal, 0.99, by=company.owner)
    close(deal, stages["Won"], days=0.5, company=company)
    assert own_probability_scores(deal.pipeline).total.brier_own == pytest.approx(0.25)


@pytest.mark.parametrize("what", ["taken back", "too late", "still open"])
def test_what_does_not_stand_is_not_scored(add, stages, company, today, what):
    deal = add()
    write_estimate(deal.pipeline, as_of=today, chances=(0.3, 0.4, 0.7))
    set_own_probability(deal, 0.5, by=company.owner)
    if what == "taken back":
        clock.pin(today + timedelta(days=2))
        set_own_probability(deal, None, by=company.owner)
    if what != "still open":
        days = 0.9 if what == "too late" else 5
        close(deal, stages["Won"], days=days, company=company)
    scores = own_probability_scores(deal.pipeline)
    assert (scores.total.n, scores.total.left_out, scores.by_owner) == (0, 0, ())
    assert scores.total.brier_own is None


def test_the_rates_are_those_that_were_known_then(add, stages, company, today):
    """By stage and age at that instant, of the estimate before it; later ones know too much."""
    deal = add(created_at=today - timedelta(days=10))
    for days, chance in ((-20, 0.11), (-5, lambda age: 0.01 * age), (1, 0.99)):
        write_estimate(
            deal.pipeline, as_of=today + timedelta(days=days), chances=(chance, 0.5, 0.5)
        )
    set_own_probability(deal, 0.5, by=company.owner)
    close(deal, stages["Proposal"], days=3, company=company)
    close(deal, stages["Won"], days=3, company=company)
    total = own_probability_scores(deal.pipeline).total
    assert total.brier_model == pytest.approx((1 - 0.10) ** 2)


def test_a_move_that_was_undone_later_held_then(add, stages, company, today):
    deal = add(created_at=today - timedelta(days=10))
    write_estimate(deal.pipeline, as_of=today, chances=(0.1, 0.6, 0.9))
    close(deal, stages["Proposal"], days=1, company=company)
    set_own_probability(deal, 0.5, by=company.owner)
    clock.pin(clock.now() + timedelta(days=1))
    undo_move(deal, by=company.owner)
    close(deal, stages["Won"], days=3, company=company)
    total = own_probability_scores(deal.pipeline).total
    assert total.brier_model == pytest.approx((1 - 0.6) ** 2)


def test_rates_made_since_a_merger_know_the_stage_by_its_new_name(add, stages, company, today):
    deal = add(stage=stages["Proposal"])
    # The deal stands in the stage that Proposal is merged into, its history still says Proposal.
    merge_stages(stages["Proposal"], into=stages["Negotiation"], by=company.admin)
    estimate = write_estimate(deal.pipeline, as_of=today, chances=(0.1, 0.6, 0.9))
    rows = [row for row in estimate.law["rows"] if row[1] != stages["Proposal"].pk]
    type(estimate).objects.filter(pk=estimate.pk).update(
        law=estimate.law | {"rows": rows, "win_probability": [[0.1] * 200, [0.8] * 200]}
    )
    deal.refresh_from_db()
    set_own_probability(deal, 0.5, by=company.owner)
    close(deal, stages["Won"], days=5, company=company)
    assert StageChange.objects.filter(opportunity=deal, to_stage=stages["Proposal"]).exists()
    assert own_probability_scores(deal.pipeline).total.brier_model == pytest.approx(0.2**2)


def test_without_rates_of_that_time_a_deal_is_left_out(add, stages, company, today):
    deal = add()
    set_own_probability(deal, 0.5, by=company.owner)
    write_estimate(deal.pipeline, as_of=today + timedelta(days=2), chances=(0.3, 0.4, 0.7))
    close(deal, stages["Won"], days=5, company=company)
    total = own_probability_scores(deal.pipeline).total
    assert (total.n, total.left_out, total.brier_own) == (0, 1, None)


def test_scores_are_by_owner_and_of_visible_deals_only(add, stages, company, today):
    write_estimate(add().pipeline, as_of=today, chances=(0.3, 0.4, 0.7))
    deals = [add(), add(), add(owner=company.stranger)]
    for deal in deals:
        set_own_probability(deal, 0.9, by=deal.owner)
    for deal in deals:
        close(deal, stages["Won"], days=2, company=company)

    def owners(user):
        scores = own_probability_scores(deals[0].pipeline, user=user)
        assert sum(score.n for _owner, score in scores.by_owner) == scores.total.n
        return {owner.name: score.n for owner, score in scores.by_owner}

    assert owners(company.admin) == owners(None) == {"Li": 2, "Zoe": 1}
    assert owners(company.owner) == owners(company.manager) == {"Li": 2}
    assert owners(company.stranger) == {"Zoe": 1}


def test_scoring_costs_the_same_number_of_queries_however_many_deals(
    add, stages, company, today, django_assert_num_queries
):
    pipeline = add().pipeline

    def judge(count):
        deals = [add() for _ in range(count)]
        for deal in deals:
            write_estimate(pipeline, as_of=clock.now(), chances=(0.3, 0.4, 0.7))
            set_own_probability(deal, 0.9, by=company.owner)
            clock.pin(clock.now() + timedelta(days=1))
        for deal in deals:
            close(deal, stages["Won"], days=2, company=company)

    judge(1)
    own_probability_scores(pipeline, user=company.manager)
    judge(8)
    # Own words with their deals, estimates, histories, laws.
    with django_assert_num_queries(4):
        assert own_probability_scores(pipeline, user=company.manager).total.n == 9
