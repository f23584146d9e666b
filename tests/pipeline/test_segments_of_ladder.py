"""Rates by segment of the customers on the ladder that leads to a pipeline."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from core import clock
from crm.models import Customer, LifecycleChange, Source
from pipeline.models import Estimate, Opportunity
from pipeline.segment_documents import Reader, document_for
from pipeline.services.estimates import given_half_life, refresh
from pipeline.services.segments import refresh_segment
from tests.histories import write_climb, write_history

FIELDS = ("team", "owner", "source", "region")


@pytest.fixture
def climbed(pipeline, company, company_day):
    """A year: 240 customers of fairs, of whom few become buyers, 120 of referrals, of whom many
    do; five of letters, which no deal ever came of; 40 deals of the web have no customer."""
    clock.pin(company_day("2002-01-01"))
    pipeline.ladder.stages.create(name="Given up", order=9, part="nurturing", is_lost=True)
    names = ("Fairs", "Referrals", "Letters", "Web")
    fairs, referrals, letters, web = (Source.objects.create(name=name) for name in names)
    year = {"start": company_day("2001-01-01"), "days": 364}
    of_fairs = {"source": fairs, "region": "North", "owner": company.owner}
    of_referrals = {"source": referrals, "region": "South", "owner": company.stranger}
    write_climb(pipeline, **year, customers=240, handed_over=0.4, won=0.15, seed=1, **of_fairs)
    write_climb(pipeline, **year, customers=120, handed_over=0.8, won=0.85, seed=2, **of_referrals)
    write_climb(pipeline, **year, customers=5, handed_over=0.0, won=0.0, seed=3, source=letters)
    deals = write_history(pipeline, **year, deals=40)
    for deal in deals:
        deal.source = web
    Opportunity.objects.bulk_update(deals, ["source"])
    return pipeline


def shown(estimate, reader=None):
    return document_for(estimate, reader)


def by_label(rows):
    return {row["label"]: row for row in rows}


def of_kind(document, kind):
    return [stage for stage in document["stages"] if stage["kind"] == kind]


def test_the_ladder_comes_first_and_its_segments_add_up_to_all_customers(climbed):
    for field in (*FIELDS, "source,region", "team,owner"):
        document = shown(refresh_segment(climbed, field))
        names = [(stage["kind"], stage["name"]) for stage in document["stages"]]
        assert names[:3] == [
            ("customer", "Suspect"),
            ("customer", "Prospect"),
            ("opportunity", "Qualified"),
        ]
        assert sum(row["customers"] for row in document["segments"]) == document["customers"] == 365
        for stage in of_kind(document, "customer"):
            for column in ("entered", "advanced", "moved_back", "lost", "open"):
                assert sum(row[column] for row in stage["segments"]) == stage[column]


def test_customers_and_deals_of_one_value_are_one_segment(climbed):
    segments = by_label(shown(refresh_segment(climbed, "source"))["segments"])
    handed_over = {
        name: Opportunity.objects.filter(source__name=name).count() for name in ("Fairs", "Web")
    }
    counts = {label: (row["customers"], row["deals"]) for label, row in segments.items()}
    assert list(counts) == ["Fairs", "Letters", "Referrals", "Web"]
    assert counts["Fairs"] == (240, handed_over["Fairs"])
    assert counts["Letters"] == (5, 0)
    assert counts["Web"] == (0, 40)


def test_crossed_fields_are_those_of_the_customer(climbed):
    segments = by_label(shown(refresh_segment(climbed, "region,source"))["segments"])
    assert segments["North · Fairs"]["customers"] == 240
    assert segments["South · Referrals"]["customers"] == 120
    assert segments["no region · Letters"]["customers"] == 5
    assert (segments["no region · Web"]["customers"], segments["no region · Web"]["deals"]) == (
        0,
        40,
    )


@pytest.mark.parametrize("half_life", [None, 90.0])
def test_the_whole_ladder_is_that_of_the_funnel_page_at_the_same_level(climbed, half_life):
    whole = refresh(climbed, half_life=given_half_life(half_life))
    whole.save()
    document = shown(refresh_segment(climbed, "source"))
    rows = {(row["kind"], row["stage"]): row for row in whole.payload["stages"]}
    for stage in document["stages"]:
        expected = rows[stage["kind"], stage["stage"]]
        # The kept counts know the age of an old handover to the day.
        for what, rel in (("promotion", 1e-6), ("success", 2e-3)):
            for key in ("rate", "low80", "high80"):
                assert stage[what][key] == pytest.approx(expected[what][key], rel=rel)


def test_success_is_the_handover_times_the_wins_after_it_by_segment(climbed):
    document = shown(refresh_segment(climbed, "source"))
    first, last = (by_label(stage["segments"]) for stage in of_kind(document, "customer"))
    segments = by_label(document["segments"])
    for label in ("Fairs", "Referrals"):
        after = segments[label]["handed_over"]
        handed = LifecycleChange.objects.filter(
            to_stage__hands_over=True, customer__source__name=label
        ).count()
        assert after["customers"] == handed
        assert not after["pooled"]
        assert after["low80"] < after["rate"] < after["high80"]
        assert last[label]["success"]["rate"] == after["rate"]
        assert first[label]["success"]["raw"] == pytest.approx(
            first[label]["promotion"]["raw"] * after["raw"]
        )
        flags = ("pooled", "reach_pooled", "wins_pooled")
        assert [first[label]["success"][flag] for flag in flags] == [False] * 3
    truth = {"Fairs": 0.4 * 0.15, "Referrals": 0.8 * 0.85}
    for label, true in truth.items():
        success = first[label]["success"]
        assert success["low80"] < success["rate"] < success["high80"]
        assert abs(success["rate"] - true) < 0.08


def test_a_source_with_few_customers_shows_the_rate_of_all_and_says_so(climbed):
    document = shown(refresh_segment(climbed, "source"))
    for stage in of_kind(document, "customer"):
        few = by_label(stage["segments"])["Letters"]
        assert few["promotion"]["pooled"] or few["entered"] == 0
        if few["entered"]:
            assert few["success"]["pooled"]
            assert few["success"]["rate"] == pytest.approx(stage["success"]["rate"])
    assert by_label(document["segments"])["Letters"]["handed_over"]["pooled"]


def test_what_stands_out_of_customers_is_said_of_customers(climbed):
    document = shown(refresh_segment(climbed, "source"))
    first = of_kind(document, "customer")[0]
    found = [row for row in document["standing_out"] if row["kind"] == "customer"]
    texts = [row["text"] for row in found if row["what"] == "success"]
    rate = by_label(first["segments"])["Referrals"]["success"]["rate"]
    factor = rate / first["success"]["rate"]
    start = f"Referrals: customers become buyers {factor:.1f} times as often as usual"
    assert any(text.startswith(start) for text in texts)
    moving = [row["text"] for row in found if row["what"] == "promotion"]
    assert any("move on from Suspect" in text for text in moving)
    strength = [abs(np.log(row["factor"])) for row in document["standing_out"]]
    assert strength == sorted(strength, reverse=True)


@pytest.mark.parametrize("field", ["product", "amount_band", "source,product"])
def test_by_what_only_deals_have_only_deals_are_split(climbed, field):
    document = shown(refresh_segment(climbed, field))
    assert of_kind(document, "customer") == []
    assert document["customers"] is None
    assert {row["customers"] for row in document["segments"]} <= {None}


def test_deals_have_the_same_rates_and_chances_with_a_ladder_as_without(climbed):
    with_ladder = refresh_segment(climbed, "source")
    climbed.ladder = None
    climbed.save()
    without = refresh_segment(climbed, "source")
    assert without.payload["gain"]["used"]
    assert with_ladder.law.pop("levels") == pytest.approx(without.law.pop("levels"))
    assert with_ladder.law == without.law
    assert with_ladder.payload["gain"] == without.payload["gain"]
    mine, other = shown(with_ladder), shown(without)
    assert [stage["kind"] for stage in other["stages"]] == ["opportunity"] * 3
    assert {row["label"] for row in other["segments"]} == {"Fairs", "Referrals", "Web"}
    assert {row["customers"] for row in other["segments"]} == {None}
    for stage, alone in zip(of_kind(mine, "opportunity"), other["stages"], strict=True):
        assert stage["promotion"] == alone["promotion"]
        rows = by_label(stage["segments"])
        for label, row in by_label(alone["segments"]).items():
            for what in ("promotion", "success", "pace"):
                for key, value in row[what].items():
                    assert rows[label][what][key] == pytest.approx(value), (label, what, key)


def test_of_owners_one_sees_those_whose_customers_one_may_see(climbed, company):
    estimate = refresh_segment(climbed, "owner")
    seen = {
        "owner": {"Li"},
        "stranger": {"Zoe"},
        "manager": {"Li", "no owner"},
        "admin": {"Li", "Zoe", "no owner"},
    }
    for who, names in seen.items():
        document = shown(estimate, Reader(getattr(company, who)))
        for stage in of_kind(document, "customer"):
            assert set(by_label(stage["segments"])) == names
        assert {row["label"] for row in document["standing_out"]} <= names


def test_a_customer_counts_where_its_fields_say_today(climbed):
    first, same = refresh_segment(climbed, "source"), refresh_segment(climbed, "source")
    assert first.pk == same.pk
    letters, web = (Source.objects.get(name=name) for name in ("Letters", "Web"))
    Customer.objects.filter(source=letters).update(source=web)
    later = refresh_segment(climbed, "source")
    assert later.pk != first.pk
    segments = by_label(shown(later)["segments"])
    assert "Letters" not in segments
    assert (segments["Web"]["customers"], segments["Web"]["deals"]) == (5, 40)


def test_a_past_date_knows_no_later_customer_or_win(climbed, company_day):
    middle = company_day("2001-07-01")
    before = shown(refresh_segment(climbed, "source", as_of=middle))
    known = LifecycleChange.objects.filter(at__lt=middle).values("customer").distinct()
    assert before["customers"] == known.count()
    Opportunity.objects.filter(created_at__gte=middle).update(source=None)
    again = shown(refresh_segment(climbed, "source", as_of=middle))
    assert again["id"] == before["id"]


def test_a_long_ladder_is_sampled_with_all_deals_of_its_customers(climbed, monkeypatch):
    monkeypatch.setattr("pipeline.customer_stays.MOST_MOVES", 300)
    document = shown(refresh_segment(climbed, "region"))
    moves = LifecycleChange.objects.count()
    one_in = document["customers_one_in"]
    assert (document["one_in"], one_in) == (1, -(-moves // 300))
    ids = [pk for pk in Customer.objects.values_list("pk", flat=True) if pk % one_in == 0]
    assert document["customers"] == len(ids)
    last = of_kind(document, "customer")[-1]
    led = Opportunity.objects.filter(customer__in=ids)
    assert last["advanced"] == led.count()
    monkeypatch.setattr("pipeline.deal_stays.MOST_MOVES", 150)
    sampled = shown(refresh_segment(climbed, "region"))
    assert sampled["one_in"] > one_in
    assert sampled["customers_one_in"] == sampled["one_in"]
    ids = Customer.objects.values_list("pk", flat=True)
    kept = [pk for pk in ids if pk % sampled["one_in"] == 0]
    assert of_kind(sampled, "customer")[-1]["advanced"] == len(
        Opportunity.objects.filter(customer__in=kept)
    )


def test_too_many_segments_leave_the_smallest_out_and_say_of_how_many_customers(
    climbed, monkeypatch
):
    monkeypatch.setattr("pipeline.segmenting.MOST_SEGMENTS", 2)
    document = shown(refresh_segment(climbed, "source"))
    assert set(by_label(document["segments"])) == {"Fairs", "Referrals"}
    assert (document["left_out"], document["customers_left_out"]) == (40, 5)


def test_the_cost_in_queries_does_not_grow_with_the_customers(
    climbed, django_assert_max_num_queries, company_day
):
    with django_assert_max_num_queries(28):
        refresh_segment(climbed, "source,owner")
    start = company_day("2001-02-01")
    write_climb(climbed, start=start, days=200, customers=300, handed_over=0.5, won=0.5, seed=9)
    with django_assert_max_num_queries(28):
        refresh_segment(climbed, "source,owner")


def test_where_nobody_was_ever_on_the_ladder_only_deals_are_split(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=300, deals=30)
    document = shown(refresh_segment(pipeline, "source"))
    assert of_kind(document, "customer") == []
    assert document["customers"] is None


def test_an_estimate_from_before_customers_were_split_is_still_read(climbed):
    estimate = refresh_segment(climbed, "source")
    old = json.loads(json.dumps(estimate.payload))
    old["stages"] = [row for row in old["stages"] if row["kind"] == "opportunity"]
    old["standing_out"] = [row for row in old["standing_out"] if row["kind"] == "opportunity"]
    for row in old["standing_out"]:
        del row["kind"]
    for row in old["segments"]:
        del row["customers"], row["handed_over"]
    for key in ("customers", "customers_left_out", "customers_one_in"):
        del old[key]
    estimate.payload = old
    document = shown(estimate)
    assert {row["kind"] for row in document["standing_out"]} == {"opportunity"}
    assert {row["customers"] for row in document["segments"]} == {None}


def test_the_command_prints_the_ladder_first(climbed):
    out = StringIO()
    call_command("estimate", pipeline=climbed.name, segment="source", stdout=out)
    text = out.getvalue()
    assert 0 < text.index("\nSuspect\n") < text.index("\nProspect\n") < text.index("\nQualified\n")
    document = shown(Estimate.objects.get(segment="source"))
    rate = by_label(document["stages"][0]["segments"])["Referrals"]["success"]["rate"]
    suspect = text[text.index("\nSuspect\n") : text.index("\nProspect\n")]
    line = next(line for line in suspect.splitlines() if line.startswith("Referrals"))
    assert f"{rate:.1%}" in line
    assert "customers become buyers" in text
