"""The histories that benchmarks run on: as they are said to be, and written as they are."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bench.histories import AS_OF, DRIFTING_STAGE, LEADS_TO, STAGES, make_history
from pipeline.estimation import DAY, find_stays, rates_of_stays

YEAR = 365.25 * DAY


@pytest.fixture(scope="module")
def history():
    return make_history(100_000)


def stays_of(history, as_of=AS_OF):
    return find_stays(history.moves, history.stages, as_of=as_of)


def test_the_same_seed_gives_the_same_history(history):
    again, other = make_history(100_000), make_history(100_000, seed=2)
    np.testing.assert_array_equal(history.moves.at, again.moves.at)
    np.testing.assert_array_equal(history.owner, again.owner)
    assert not np.array_equal(history.amount[:100], other.amount[:100])


def test_it_has_about_as_many_changes_as_asked_for_four_a_deal(history):
    assert len(history.moves) == pytest.approx(100_000, rel=0.02)
    assert 3.5 < len(history.moves) / history.deals < 4.5


def test_every_move_is_one_that_the_stages_allow(history):
    moves = history.moves
    same = moves.subject[1:] == moves.subject[:-1]
    assert (moves.at[1:][same] > moves.at[:-1][same]).all()
    pairs = set(zip(moves.stage[:-1][same].tolist(), moves.stage[1:][same].tolist(), strict=True))
    allowed = {(s, to) for s, row in enumerate(LEADS_TO.tolist()) for to in row if to >= 0}
    assert pairs == allowed
    assert moves.at.max() < AS_OF


def test_leads_grow_every_year_and_fourfold_in_the_last(history):
    first = np.append(True, np.diff(history.moves.subject) != 0)
    age = (AS_OF - history.moves.at[first]) / YEAR
    by_year = np.histogram(age, [0, 1, 2, 3, 4, 5])[0]
    assert by_year[0] / by_year[1] == pytest.approx(4 * 1.78, rel=0.05)
    assert by_year[1] / by_year[2] == pytest.approx(1.78, rel=0.1)


def test_zombies_are_losses_that_nobody_told():
    told, untold = (make_history(100_000, zombies=share, drift=0.0) for share in (0.0, 0.3))
    losing = [
        (stays.destination[stays.stage == 0] == STAGES.lost).mean()
        for stays in (stays_of(told), stays_of(untold))
    ]
    assert losing[1] / losing[0] == pytest.approx(0.7, rel=0.05)


def test_one_stage_converts_worse_since_the_drift():
    drifted, steady = (make_history(400_000, zombies=0.0, drift=size) for size in (-0.25, 0.0))

    def last_year(history):
        stays = stays_of(history)
        there = (stays.stage == DRIFTING_STAGE) & (stays.entered > AS_OF - 1.4 * YEAR)
        old = there & (stays.entered < AS_OF - 0.5 * YEAR)
        return (np.isin(stays.destination[old], [4, STAGES.won])).mean()

    # Three quarters of the odds of advancing: of .67 in all, less the losses' larger share.
    assert last_year(drifted) / last_year(steady) == pytest.approx(0.92, abs=0.03)


def test_big_deals_win_less_often(history):
    ends = np.append(np.diff(history.moves.subject) != 0, True)
    won = history.moves.stage[ends] == STAGES.won
    closed = won | (history.moves.stage[ends] == STAGES.lost)
    assert history.amount[won].mean() < 0.75 * history.amount[closed & ~won].mean()


@pytest.mark.django_db
def test_a_written_history_reads_as_it_was_made():
    from bench.filling import write_history
    from pipeline.histories import microseconds, read_deals
    from pipeline.models import Opportunity, StageChange
    from pipeline.services.opportunities import create_opportunity
    from pipeline.services.pipelines import create_pipeline

    history = make_history(3_000)
    names = [STAGES.names[stage] for stage in STAGES.open]
    pipeline = create_pipeline("Large", currency="CNY", stages=names)
    for copy in range(2):
        write_history(history, pipeline)
        first = Opportunity.objects.order_by("-pk")[history.deals - 1].pk
        assert Opportunity.objects.count() == (copy + 1) * history.deals
    as_of = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=AS_OF)
    read = read_deals(pipeline, as_of=as_of)
    rows = read.moves.subject >= first
    np.testing.assert_array_equal(read.moves.subject[rows] - first, history.moves.subject)
    np.testing.assert_array_equal(read.moves.stage[rows], history.moves.stage)
    written = StageChange.objects.filter(opportunity__gte=first).order_by(
        "opportunity_id", "at", "pk"
    )
    instants = [microseconds(at) for at in written.values_list("at", flat=True)]
    np.testing.assert_array_equal(instants, history.moves.at)
    np.testing.assert_allclose(read.amount[-history.deals :], history.amount)
    new = create_opportunity(pipeline=pipeline, by=None, name="After it")
    assert new.pk == first + history.deals


@pytest.mark.django_db
def test_a_written_deal_stands_where_its_last_move_put_it():
    from bench.filling import write_history
    from pipeline.models import Opportunity
    from pipeline.services.pipelines import create_pipeline

    names = [STAGES.names[stage] for stage in STAGES.open]
    pipeline = create_pipeline("Large", currency="CNY", stages=names)
    write_history(make_history(1_000), pipeline)
    deals = Opportunity.objects.select_related("stage", "owner__team", "source", "customer")
    for deal in deals.prefetch_related("stage_changes", "amount_changes"):
        changes = sorted(deal.stage_changes.all(), key=lambda change: (change.at, change.pk))
        befores = [None, *(change.to_stage_id for change in changes[:-1])]
        assert [change.from_stage_id for change in changes] == befores
        assert (deal.stage_id, deal.stage_entered_at) == (changes[-1].to_stage_id, changes[-1].at)
        assert deal.closed_at == (None if deal.stage.is_open else changes[-1].at)
        assert deal.created_at == changes[0].at >= deal.customer.created_at
        assert deal.version == len(changes)
        assert max(deal.amount_changes.all(), key=lambda row: row.at).amount == deal.amount
        assert deal.owner.team.name.startswith("Team")
        assert deal.region.startswith("Region")


def test_a_written_history_gives_rates_with_a_certain_band(history):
    rates = rates_of_stays(stays_of(history))
    for row in rates.by_stage:
        assert row.entered == row.advanced + row.moved_back + row.lost + row.open
        assert row.promotion.high80 - row.promotion.low80 < 0.05
