"""From history in the database to an estimate: what it says, and when it is made anew."""

import json
import re
from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfoNotFoundError

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connections

from core import clock
from core.models import DirtyFlag, Job
from core.services import dirty
from crm.services.customers import create_customer
from pipeline.models import Estimate, StageChange
from pipeline.selectors import estimate_document, latest_estimate, win_probabilities
from pipeline.services.estimates import FAILED, FutureAsOf, refresh, refresh_flagged
from pipeline.services.opportunities import create_opportunity, move_opportunity, undo_move
from pipeline.services.requests import flag_name, request_estimate
from tests.histories import write_history


@pytest.fixture
def history(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    return write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=400)


def by_name(estimate):
    return {row["name"]: row for row in estimate.payload["stages"]}


def test_every_stay_is_accounted_for(history, pipeline):
    rows = estimate_document(refresh(pipeline))["stages"]
    deals = [row for row in rows if row["kind"] == "opportunity"]
    assert [row["name"] for row in deals] == ["Qualified", "Proposal", "Negotiation"]
    assert deals[0]["entered"] == 400
    for row in deals:
        parts = row["advanced"] + row["moved_back"] + row["lost"] + row["open"]
        assert row["entered"] == parts
        assert row["promotion"]["low90"] < row["promotion"]["low80"] < row["promotion"]["rate"]
    assert deals[0]["promotion"]["rate"] == pytest.approx(0.6, abs=0.06)


def test_the_same_history_gives_the_same_row(history, pipeline):
    first, again = refresh(pipeline), refresh(pipeline)
    assert first.pk == again.pk
    assert Estimate.objects.count() == 1


def test_what_happens_later_changes_no_past_estimate(history, pipeline, company_day):
    june = company_day("2001-06-01")
    before = refresh(pipeline, as_of=june)
    known = StageChange.objects.filter(at__lt=june).count()
    assert 0 < known < StageChange.objects.count()
    first = by_name(before)["Qualified"]
    assert first["entered"] == len([d for d in history if d.created_at < june])
    assert before.law["present"]["won"][-1] == 0


def test_a_won_deal_changes_the_rates(history, pipeline, stages, company):
    before = by_name(refresh(pipeline))["Negotiation"]
    open_deal = next(d for d in history if d.stage == stages["Negotiation"])
    move_opportunity(open_deal, to=stages["Won"], by=company.admin)
    after = by_name(refresh(pipeline))["Negotiation"]
    assert (after["advanced"], after["open"]) == (before["advanced"] + 1, before["open"] - 1)
    assert after["promotion"]["rate"] > before["promotion"]["rate"]

    undo_move(open_deal, by=company.admin)
    undone = by_name(refresh(pipeline))["Negotiation"]
    assert undone["advanced"] == before["advanced"]
    assert undone["promotion"] == before["promotion"]


def test_nothing_yet_is_no_rate_and_no_error(pipeline):
    row = by_name(refresh(pipeline))["Qualified"]
    assert row["entered"] == 0
    assert row["promotion"]["rate"] is None
    assert row["success"]["rate"] is None


def test_customers_handed_over_are_joined_to_their_deals(pipeline, stages, company, company_day):
    clock.pin(company_day("2001-12-01"))
    for number in range(8):
        customer = create_customer(
            by=company.owner, name=f"Customer {number}", created_at=company_day("2001-03-01")
        )
        if number < 6:
            deal = create_opportunity(
                pipeline=pipeline,
                by=company.owner,
                name="Line",
                customer=customer,
                created_at=company_day("2001-04-01"),
                amount=1000,
            )
        if number < 3:
            june = company_day("2001-06-01")
            move_opportunity(deal, to=stages["Won"], by=company.owner, at=june)
    found = refresh(pipeline)
    rows = by_name(found)
    assert list(rows)[:2] == ["Suspect", "Prospect"]
    assert (rows["Suspect"]["entered"], rows["Suspect"]["advanced"]) == (8, 6)
    assert found.payload["join"]["deals_per_customer"] == pytest.approx(1.0, abs=0.1)
    assert rows["Suspect"]["success"]["rate"] == pytest.approx(3 / 8, abs=0.1)


def test_deals_without_dates_are_counted_beside_the_rates(history, pipeline, stages):
    from pipeline.models import Opportunity

    Opportunity.objects.create(
        pipeline=pipeline, stage=stages["Qualified"], name="?", currency="CNY"
    )
    found = refresh(pipeline)
    assert found.undated == 1
    assert by_name(found)["Qualified"]["entered"] == 400


def test_the_worker_answers_the_waiting_job_and_clears_the_flag(history, pipeline, company):
    job = request_estimate(pipeline, by=company.manager)
    refresh_flagged(flag_name(pipeline.pk))
    job.refresh_from_db()
    assert (job.state, job.progress) == (Job.State.DONE, 1.0)
    assert Estimate.objects.filter(pk=job.result["estimate"]).exists()
    flag = DirtyFlag.objects.get(name=flag_name(pipeline.pk))
    assert flag.done_seq == flag.requested_seq


def test_a_second_start_does_no_harm(history, pipeline):
    dirty.mark(flag_name(pipeline.pk))
    refresh_flagged(flag_name(pipeline.pk))
    refresh_flagged(flag_name(pipeline.pk))
    assert Estimate.objects.count() == 1


def test_an_amount_without_an_exchange_rate_fails_the_job_with_its_reason(
    history, pipeline, company
):
    create_opportunity(pipeline=pipeline, by=company.admin, name="x", amount=5, currency="USD")
    job = request_estimate(pipeline, by=company.manager)
    with pytest.raises(Exception, match="USD"):
        refresh_flagged(flag_name(pipeline.pk))
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "USD to CNY" in job.error


def test_an_error_nobody_can_mend_is_kept_for_admins_and_said_in_a_sentence(
    history, pipeline, company, settings
):
    job = request_estimate(pipeline, by=company.manager)
    settings.COMPANY_TIME_ZONE = "Mars/Olympus"
    with pytest.raises(ZoneInfoNotFoundError):
        refresh_flagged(flag_name(pipeline.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, str(FAILED))
    assert "Mars/Olympus" in DirtyFlag.objects.get(name=flag_name(pipeline.pk)).last_error


def test_an_open_deal_loses_hope_as_it_ages(history, pipeline, stages):
    refresh(pipeline)
    deal = next(d for d in history if d.stage == stages["Proposal"])
    deal.stage_entered_at = clock.now()
    fresh = win_probabilities([deal])[deal.pk]
    won = next(d for d in history if d.stage == stages["Won"])
    assert 0.15 < fresh < 0.6
    assert win_probabilities([won])[won.pk] == 1.0


def test_the_command_prints_one_json_document(history, pipeline):
    out = StringIO()
    call_command("estimate", "--pipeline=New equipment", "--as-of=2001-09-01", "--json", stdout=out)
    document = json.loads(out.getvalue())
    assert document["as_of"] == "2001-09-01T00:00:00+08:00"
    assert document["stages"][-1]["name"] == "Negotiation"


@pytest.mark.parametrize("day", ["yesterday", "2001-02-30", "2150-01-01"])
def test_the_command_refuses_a_day_that_is_none_or_to_come(
    history, pipeline, day, monkeypatch, capsys
):
    # A command closes its connections in the end, and with them the test's transaction.
    monkeypatch.setattr(connections, "close_all", lambda: None)
    with pytest.raises(SystemExit) as refused:
        execute_from_command_line(["manage.py", "estimate", f"--as-of={day}"])
    assert refused.value.code == 1
    assert re.search("a day such as|still to come", capsys.readouterr().err)


def test_the_command_refuses_an_unknown_pipeline(pipeline):
    with pytest.raises(CommandError, match="New equipment"):
        call_command("estimate", pipeline="Nothing")


def test_a_fixed_number_of_queries_reads_any_history(
    pipeline, company_day, django_assert_max_num_queries
):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=300, deals=50)
    with django_assert_max_num_queries(34) as small:
        refresh(pipeline, as_of=clock.now() - timedelta(hours=1))
    write_history(pipeline, start=company_day("2001-01-01"), days=300, deals=500, seed=2)
    with django_assert_max_num_queries(len(small)):
        refresh(pipeline, as_of=clock.now() - timedelta(hours=2))


def test_after_an_undo_under_a_standing_clock_the_earlier_rates_hold_again(
    history, pipeline, stages, company
):
    before = refresh(pipeline)
    open_deal = next(d for d in history if d.stage == stages["Negotiation"])
    move_opportunity(open_deal, to=stages["Won"], by=company.admin)
    assert refresh(pipeline).pk == latest_estimate(pipeline).pk != before.pk
    undo_move(open_deal, by=company.admin)
    refresh(pipeline)
    assert latest_estimate(pipeline).pk == before.pk


def test_a_date_to_come_is_refused(history, pipeline):
    with pytest.raises(FutureAsOf):
        refresh(pipeline, as_of=clock.now() + timedelta(days=1))
    assert not Estimate.objects.exists()


def test_stepping_the_demo_calendar_asks_for_new_rates(history, pipeline):
    refresh_flagged(flag_name(pipeline.pk))
    flag = DirtyFlag.objects.get(name=flag_name(pipeline.pk))
    clock.step(timedelta(days=30))
    flag.refresh_from_db()
    assert flag.requested_seq > flag.done_seq
