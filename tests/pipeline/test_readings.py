"""Behind every number of the funnel stand exactly the stays that it counts."""

from datetime import timedelta

import numpy as np
import pytest

from core import clock
from pipeline.behind import count_visible, visible_stays
from pipeline.candidates import counted
from pipeline.dwelling import dwell_document
from pipeline.models import Opportunity, StageChange
from pipeline.questions import OUTCOMES, Question
from pipeline.readings import instant_of_month, readings_of
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.pipelines import merge_stages
from pipeline.trends import trend_document
from tests.histories import write_history

OF_OUTCOME = {"advanced": "advanced", "moved_back": "moved_back", "lost": "lost", "open": "open"}


@pytest.fixture
def history(pipeline, company, stages, company_day):
    """Skips, moves back, re-openings, a win undone, slips, archived deals and a merged stage."""
    write_history(
        pipeline, start=company_day("2001-01-01"), days=365, deals=120, owner=company.owner
    )
    rng, names = np.random.default_rng(3), ["Qualified", "Proposal", "Negotiation", "Won", "Lost"]
    for number in range(40):
        at = company_day("2001-02-01") + timedelta(days=5 * number)
        clock.pin(at)
        deal = create_opportunity(pipeline=pipeline, by=company.admin, name=f"Odd {number}")
        for _step in range(int(rng.integers(1, 7))):
            at += timedelta(minutes=float(rng.choice([2, 60 * 24 * 9])))
            clock.pin(at)
            to = stages[str(rng.choice(names))]
            if to != deal.stage:
                move_opportunity(deal, to=to, by=company.admin)
    clock.pin(company_day("2001-12-20"))
    for deal in Opportunity.objects.order_by("pk")[::17]:
        deal.archived_at = clock.now()
        deal.save(update_fields=["archived_at"])
    clock.pin(company_day("2002-01-01"))
    return pipeline


def rows_of(user, **asked):
    return list(visible_stays(Question(**asked), user))


def assert_every_count_has_its_rows(pipeline, estimate, admin):
    stages = {stage.pk: stage for stage in pipeline.stages.all()}
    ladder = {stage.pk: stage for stage in pipeline.ladder.stages.all()}
    checked = 0
    for row in estimate.payload["stages"]:
        stage = (ladder if row["kind"] == "customer" else stages)[row["stage"]]
        asked = {"pipeline": pipeline, "as_of": estimate.as_of, "stage": stage}
        assert len(rows_of(admin, **asked)) == row["entered"], row["name"]
        for outcome, field in OF_OUTCOME.items():
            found = rows_of(admin, **asked, outcome=outcome)
            assert len(found) == row[field], (row["name"], outcome)
            assert counted(Question(**asked, outcome=outcome), readings_of(pipeline)) == row[field]
            checked += row[field] > 0
    return checked


def test_as_many_rows_as_were_counted_for_every_stage_and_outcome(history, company):
    estimate = refresh(history)
    assert assert_every_count_has_its_rows(history, estimate, company.admin) >= 10
    wins = rows_of(company.admin, pipeline=history, as_of=estimate.as_of, outcome="won")
    assert len(wins) == estimate.law["deals_won"]


def test_a_merged_stage_and_its_target_are_one(history, company, stages):
    merge_stages(stages["Negotiation"], into=stages["Proposal"], by=company.admin)
    estimate = refresh(history)
    assert assert_every_count_has_its_rows(history, estimate, company.admin) >= 6


def test_customers_on_the_ladder_have_rows_too(pipeline, ladder, company, climb, walk, company_day):
    for day in range(10, 20):
        customer = climb(f"01-{day}", ("Prospect", f"02-{day}"))
        if day % 2:
            walk(f"03-{day}", customer=customer)
    climb("04-01")
    clock.pin(company_day("2002-01-01"))
    estimate = refresh(pipeline)
    assert assert_every_count_has_its_rows(pipeline, estimate, company.admin) >= 3
    prospect = ladder.stages.get(name="Prospect")
    asked = {"pipeline": pipeline, "as_of": estimate.as_of, "stage": prospect}
    opened = rows_of(company.admin, **asked, outcome="won")
    assert len(opened) == 5
    assert {(stay.to, stay.to_name) for stay in opened} == {(None, "First deal")}


def test_by_destination_and_month_the_rows_are_those_of_the_kept_counts(history, company, stages):
    estimate, readings = refresh(history), readings_of(history)
    months = readings.deals.margins.months
    for to in stages.values():
        whole = 0
        for month in months.tolist():
            question = Question(
                history,
                estimate.as_of,
                stages["Qualified"],
                to=to.pk,
                entered_from=instant_of_month(month),
                entered_before=instant_of_month(month + 1),
            )
            found = len(list(visible_stays(question, company.admin)))
            assert found == counted(question, readings)
            whole += found
        question = Question(history, estimate.as_of, stages["Qualified"], to=to.pk)
        assert whole == len(list(visible_stays(question, company.admin)))


def test_rows_are_known_of_the_past_as_it_was_known_then(history, company, stages, company_day):
    past = company_day("2001-07-01")
    estimate = refresh(history, as_of=past)
    assert estimate.payload["stages"][-1]["entered"] > 0
    assert assert_rows_of_past(history, estimate, company.admin)


def assert_rows_of_past(pipeline, estimate, admin):
    stages = {stage.pk: stage for stage in pipeline.stages.all()}
    for row in estimate.payload["stages"]:
        if row["kind"] == "opportunity":
            asked = {"pipeline": pipeline, "as_of": estimate.as_of, "stage": stages[row["stage"]]}
            for outcome, field in OF_OUTCOME.items():
                assert len(rows_of(admin, **asked, outcome=outcome)) == row[field]
    return True


def test_nobody_sees_the_deals_of_others(history, company, stages):
    estimate = refresh(history)
    asked = {"pipeline": history, "as_of": estimate.as_of, "stage": stages["Qualified"]}
    mine = rows_of(company.owner, **asked)
    owned = set(Opportunity.objects.filter(owner=company.owner).values_list("pk", flat=True))
    assert {stay.subject for stay in mine} == owned
    assert rows_of(company.stranger, **asked) == []
    assert len(mine) < len(rows_of(company.admin, **asked))
    assert count_visible(Question(**asked), company.owner, most=10_000) == len(mine)
    assert count_visible(Question(**asked), company.owner, most=5) is None


def test_reading_on_from_a_row_skips_and_repeats_nothing(history, company, stages):
    estimate = refresh(history)
    question = Question(history, estimate.as_of, stages["Proposal"])
    every = list(visible_stays(question, company.admin))
    assert len(every) > 40
    assert [stay.key for stay in every] == sorted(stay.key for stay in every)
    for place in (0, 7, len(every) - 1):
        following = visible_stays(question, company.admin, after=every[place].key)
        assert list(following) == every[place + 1 :]


def test_every_outcome_is_told_of_a_row_as_it_is_asked(history, company, stages):
    estimate = refresh(history)
    asked = {"pipeline": history, "as_of": estimate.as_of, "stage": stages["Qualified"]}
    for outcome in OUTCOMES:
        told = {stay.outcome for stay in rows_of(company.admin, **asked, outcome=outcome)}
        assert told <= ({"advanced", "won"} if outcome == "advanced" else {outcome})
    lost = rows_of(company.admin, **asked, outcome="lost")
    lengths = [(stay.left - stay.entered).total_seconds() / 86_400 for stay in lost]
    assert [stay.days for stay in lost] == pytest.approx(lengths)
    moves = StageChange.objects.filter(opportunity=lost[0].subject, to_stage__is_lost=True)
    assert lost[0].left in set(moves.values_list("at", flat=True))


def test_the_parts_of_dwell_make_up_all_at_every_age(history, stages):
    estimate = refresh(history)
    part = readings_of(history).deals
    place = part.place_of(stages["Qualified"].pk)
    document = dwell_document(part, place, estimate)
    curves = [np.array(document[name]) for name in ("advanced", "moved_back", "lost", "still")]
    assert sum(curves) == pytest.approx(np.ones(len(document["edges"])), abs=1e-5)
    assert all((np.diff(curve) >= -1e-9).all() for curve in curves[:3])
    row = next(r for r in estimate.payload["stages"] if r["stage"] == stages["Qualified"].pk)
    assert document["days"]["median"] == pytest.approx(row["dwell_days"]["median"])
    assert document["advanced"][-1] == pytest.approx(row["promotion"]["rate"], abs=1e-5)
    assert sum(d["count"] for d in document["destinations"]) == row["entered"] - row["open"]
    for each in document["destinations"]:
        assert each["low80"] <= each["share"] <= each["high80"]


def test_a_trend_counts_every_stay_once_and_marks_young_periods(history, stages):
    refresh(history)
    readings = readings_of(history)
    part = readings.deals
    place = part.place_of(stages["Qualified"].pk)
    document = trend_document(readings, by="quarter", of=(part, place))
    points = document["points"]
    assert [point["period"] for point in points] == [f"2001-Q{n}" for n in (1, 2, 3, 4)]
    assert sum(p["entered"] for p in points) == part.entered[place]
    assert points[0]["is_finished"]
    assert not points[-1]["is_finished"]
