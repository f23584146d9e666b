"""Rates by segment, from the database to the kept estimate."""

from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from core import clock
from core.models import DirtyFlag, Job
from core.services import dirty
from crm.models import Product, Source
from pipeline.models import AmountChange, Estimate, Opportunity, StageChange
from pipeline.segment_documents import Reader, document_for
from pipeline.segmenting import UnknownField, fields_of
from pipeline.services.estimates import FutureAsOf, given_half_life, refresh
from pipeline.services.segments import refresh_flagged, refresh_segment, request_segment
from tests.histories import write_history


@pytest.fixture
def history(pipeline, company, company_day):
    """600 deals of a year: fairs lose what they open, referrals win more, ten have no source."""
    clock.pin(company_day("2002-01-01"))
    deals = write_history(pipeline, start=company_day("2001-01-01"), days=364, deals=600)
    fairs, referrals = (Source.objects.create(name=name) for name in ("Fairs", "Referrals"))
    line = Product.objects.create(name="Filling line", currency="CNY")
    people = [company.owner, company.teammate, company.stranger, None]
    for place, deal in enumerate(deals):
        deal.source = None if place < 10 else referrals if deal.stage.is_won else fairs
        # Half of those that were not won come by referral as well, so that rates differ, not all.
        if place >= 10 and place % 2:
            deal.source = referrals
        deal.owner, deal.region = people[place % 4], ("North", "South", "")[place % 3]
        deal.product = line if place % 5 else None
    Opportunity.objects.bulk_update(deals, ["source", "owner", "region", "product"])
    return pipeline


def shown(estimate, reader=None):
    return document_for(estimate, reader)


def counts(rows):
    return {row["label"]: row["deals"] for row in rows}


def count_by(pipeline, **of):
    """Deals that had moved, counted the slow way."""
    found = Opportunity.objects.filter(pipeline=pipeline, **of)
    return found.filter(stage_changes__isnull=False).distinct().count()


FIELDS = ("team", "owner", "source", "region", "product", "amount_band")


def test_the_segments_of_every_stage_add_up_to_all_deals(history):
    for field in FIELDS:
        document = shown(refresh_segment(history, field))
        assert sum(row["deals"] for row in document["segments"]) == 600
        for stage in document["stages"]:
            for column in ("entered", "advanced", "moved_back", "lost", "open"):
                assert sum(row[column] for row in stage["segments"]) == stage[column]
            for row in stage["segments"]:
                parts = row["advanced"] + row["moved_back"] + row["lost"] + row["open"]
                assert row["entered"] == parts


def test_segments_hold_the_deals_whose_fields_say_so_today(history, company):
    assert counts(shown(refresh_segment(history, "source"))["segments"]) == {
        "Fairs": count_by(history, source__name="Fairs"),
        "Referrals": count_by(history, source__name="Referrals"),
        "no source": 10,
    }
    assert counts(shown(refresh_segment(history, "team"))["segments"]) == {
        "North": 300,
        "Service": 150,
        "no team": 150,
    }
    regions = shown(refresh_segment(history, "region"))["segments"]
    assert counts(regions) == {"North": 200, "South": 200, "no region": 200}
    products = shown(refresh_segment(history, "product"))["segments"]
    assert counts(products) == {"Filling line": 480, "no product": 120}


def test_bands_of_amounts_have_the_deals_between_their_edges(history):
    amount = np.array([float(deal.amount) for deal in Opportunity.objects.all()])
    for row in shown(refresh_segment(history, "amount_band"))["segments"]:
        low, high = (float(edge or default) for edge, default in edges(row["value"]))
        assert row["deals"] == ((amount >= low) & (amount < high)).sum() > 0


def edges(value):
    low, high = value.split("..")
    return (low, "0"), (high, "inf")


def test_crossed_fields_keep_their_order_and_add_up(history):
    document = shown(refresh_segment(history, "region,source"))
    assert [row["label"] for row in document["segments"]][:3] == [
        "North · Fairs",
        "North · Referrals",
        "North · no source",
    ]
    assert sum(row["deals"] for row in document["segments"]) == 600
    north = [row for row in document["segments"] if row["value"][0] == "North"]
    assert sum(row["deals"] for row in north) == 200


def test_the_whole_is_that_of_the_funnel_page_at_the_same_level(history):
    whole = refresh(history, half_life=given_half_life(90))
    whole.save()
    document = shown(refresh_segment(history, "source"))
    assert document["method"]["half_life_days"] == 90
    rows = {row["name"]: row for row in whole.payload["stages"] if row["kind"] == "opportunity"}
    for stage in document["stages"]:
        for what in ("promotion", "success"):
            assert stage[what]["rate"] == pytest.approx(rows[stage["name"]][what]["rate"])
        assert stage["success"]["value_rate"] == pytest.approx(
            rows[stage["name"]]["success"]["value_rate"]
        )


def test_small_segments_lean_on_the_whole_and_say_so(history):
    document = shown(refresh_segment(history, "source"))
    for stage in document["stages"]:
        rows = {row["label"]: row for row in stage["segments"]}
        few = rows["no source"]["promotion"]
        if few["n_eff"] and few["n_eff"] < 10:
            assert few["pooled"]
            assert few["rate"] == pytest.approx(stage["promotion"]["rate"])
        many = rows["Referrals"]["promotion"]
        assert not many["pooled"]
        assert abs(many["rate"] - many["raw"]) < 0.05
    last = document["stages"][-1]["segments"][-1]
    assert last["promotion"]["pooled"]


def test_what_stands_out_is_said_in_a_sentence_with_band_and_n(history):
    document = shown(refresh_segment(history, "source"))
    won = [row for row in document["standing_out"] if row["what"] == "success"]
    assert {row["label"] for row in won} == {"Fairs", "Referrals"}
    for row in won:
        first = document["stages"][0]
        part = next(r for r in first["segments"] if r["label"] == row["label"])
        ratio = part["success"]["rate"] / first["success"]["rate"]
        assert row["factor"] == pytest.approx(ratio)
        assert (ratio > 1.1) == (row["label"] == "Referrals")
        assert row["text"].startswith(f"{row['label']}: won {ratio:.1f} times as often")
        assert f"n {part['promotion']['n_eff']:.0f}" in row["text"]


def test_a_stranger_to_the_owners_sees_the_whole_but_not_their_rates(history, company):
    estimate = refresh_segment(history, "owner")
    crossed = refresh_segment(history, "source,owner")
    seen = {
        "owner": {"Li", "Wu"},
        "stranger": {"Zoe"},
        "manager": {"Li", "Wu", "no owner"},
        "admin": {"Li", "Wu", "Zoe", "no owner"},
    }
    for who, names in seen.items():
        reader = Reader(getattr(company, who))
        document = shown(estimate, reader)
        assert set(counts(document["segments"])) == names
        for stage in document["stages"]:
            assert {row["label"] for row in stage["segments"]} == names
            assert stage["entered"] > 0
        assert {row["label"] for row in document["standing_out"]} <= names
        owners = {label.split(" · ")[1] for label in counts(shown(crossed, reader)["segments"])}
        assert owners == names


def test_a_past_date_knows_nothing_later(history, company_day):
    before = shown(refresh_segment(history, "region", as_of=company_day("2001-07-01")))
    write_history(history, start=company_day("2001-07-01"), days=100, deals=50, seed=3)
    again = shown(refresh_segment(history, "region", as_of=company_day("2001-07-01")))
    assert (again["stages"], again["segments"]) == (before["stages"], before["segments"])
    assert again["id"] == before["id"]


def test_the_future_is_refused(history):
    with pytest.raises(FutureAsOf):
        refresh_segment(history, "team", as_of=clock.now() + timedelta(days=1))


@pytest.mark.parametrize("text", ["", "colour", "team,", "team,team", "team,owner,source", "Team"])
def test_rates_are_split_by_known_fields_only(text):
    with pytest.raises(UnknownField, match="team, owner, source, region, product, amount_band"):
        fields_of(text)


def test_the_same_history_gives_the_same_row_and_a_new_one_another(history):
    first, second = refresh_segment(history, "source"), refresh_segment(history, "source")
    assert first.pk == second.pk
    assert second.confirmed_at > first.confirmed_at
    Opportunity.objects.filter(region="North").update(source=None)
    assert refresh_segment(history, "source").pk != first.pk
    assert not Estimate.objects.filter(segment="").exists()


def test_amounts_that_only_won_deals_have_make_no_bands(pipeline, stages, company_day):
    clock.pin(company_day("2002-01-01"))
    for place in range(60):
        won = place % 2 == 0
        close_deal(
            pipeline, stages, company_day("2001-03-01"), amount=1000 + place if won else None
        )
    document = shown(refresh_segment(pipeline, "amount_band"))
    assert document["segments"] == []
    assert "depends on how it ended" in document["refused"]
    assert document["stages"][0]["entered"] == 60


def close_deal(pipeline, stages, at, *, amount):
    """Won with an amount, lost without."""
    first, end = stages["Qualified"], stages["Lost" if amount is None else "Won"]
    about = {"pipeline": pipeline, "currency": "CNY", "amount": amount}
    deal = Opportunity.objects.create(name="Deal", stage=end, created_at=at, **about)
    for from_stage, to_stage, days in ((None, first, 0), (first, end, 30)):
        StageChange.objects.create(
            opportunity=deal,
            pipeline=pipeline,
            from_stage=from_stage,
            to_stage=to_stage,
            at=at + timedelta(days=days),
        )
    if amount is not None:
        AmountChange.objects.create(opportunity=deal, at=at, **about)


def test_a_long_history_is_sampled_and_says_so(history, monkeypatch):
    monkeypatch.setattr("pipeline.deal_stays.MOST_MOVES", 700)
    document = shown(refresh_segment(history, "region"))
    assert document["one_in"] == 3
    ids = Opportunity.objects.values_list("pk", flat=True)
    assert document["subjects"] == sum(pk % 3 == 0 for pk in ids)
    assert sum(row["deals"] for row in document["segments"]) == document["subjects"]


def test_parts_of_a_history_make_one(history, monkeypatch):
    whole = refresh_segment(history, "source,owner")
    monkeypatch.setattr("pipeline.counting.DEALS_AT_ONCE", 70)
    assert refresh_segment(history, "source,owner").pk == whole.pk


def test_too_many_segments_leave_the_smallest_out_and_say_so(history, monkeypatch):
    monkeypatch.setattr("pipeline.segmenting.MOST_SEGMENTS", 2)
    document = shown(refresh_segment(history, "source"))
    assert set(counts(document["segments"])) == {"Fairs", "Referrals"}
    assert document["left_out"] == 10


def test_without_deals_there_is_nothing_to_split(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    for field in FIELDS:
        document = shown(refresh_segment(pipeline, field))
        assert document["segments"] == []
        assert document["standing_out"] == []


def test_a_request_is_computed_once_and_its_jobs_are_done(history, company):
    jobs = [request_segment(history, "source", by=who) for who in (company.owner, company.admin)]
    flag = DirtyFlag.objects.get(name__startswith="segments:")
    refresh_flagged(flag.name)
    refresh_flagged(flag.name)
    done = Job.objects.filter(pk__in=[job.pk for job in jobs])
    assert {(job.state, job.progress) for job in done} == {("done", 1.0)}
    estimate = Estimate.objects.get()
    assert estimate.segment == "source"
    assert {job.result["estimate"] for job in done} == {estimate.pk}


def test_a_whole_recompute_leaves_segments_alone(history):
    refresh_segment(history, "source")
    refresh(history)
    assert Estimate.objects.filter(segment="source").count() == 1
    assert not DirtyFlag.objects.filter(name__startswith="segments:").exists()


def test_the_flag_of_a_pipeline_that_is_gone_goes_too(db):
    dirty.mark("segments:99999:team")
    refresh_flagged("segments:99999:team")
    assert not DirtyFlag.objects.exists()


def test_the_cost_in_queries_does_not_grow_with_the_deals(
    history, django_assert_max_num_queries, company_day
):
    with django_assert_max_num_queries(22):
        refresh_segment(history, "source,owner")
    write_history(history, start=company_day("2001-02-01"), days=200, deals=500, seed=2)
    with django_assert_max_num_queries(22):
        refresh_segment(history, "source,owner")


def test_the_command_prints_a_table_for_each_stage(history):
    out = StringIO()
    call_command("estimate", pipeline=history.name, segment="source", stdout=out)
    text = out.getvalue()
    for name in ("Qualified", "Proposal", "Negotiation"):
        assert f"\n{name}\n" in text
    document = shown(Estimate.objects.get(segment="source"))
    rate = document["stages"][0]["segments"][0]["promotion"]
    line = next(line for line in text.splitlines() if line.startswith("Fairs"))
    assert f"{rate['rate']:.1%}" in line
    assert f"{rate['low80']:.1%}–{rate['high80']:.1%}" in line
    assert any(line.startswith("no source") and "*" in line for line in text.splitlines())


def test_the_command_refuses_unknown_fields(history):
    with pytest.raises(CommandError, match="team, owner, source"):
        call_command("estimate", pipeline=history.name, segment="colour")
