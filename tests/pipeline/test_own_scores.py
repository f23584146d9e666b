"""Own words on chances against the rates, scored once the deals are closed."""

from datetime import timedelta

import pytest

from core import clock
from pipeline.models import StageChange
from pipeline.own_scores import own_probability_scores
from pipeline.services.opportunities import create_opportunity, move_opportunity, undo_move
from pipeline.services.pipelines import merge_stages
from pipeline.services.probabilities import set_own_probability
from tests.pipeline.laws import write_estimate


@pytest.fixture
def add(company, pipeline, today):
    def deal(owner=None, **fields):
        owner = owner or company.owner
        return create_opportunity(pipeline=pipeline, by=owner, name="Line", owner=owner, **fields)

    return deal


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
