"""Every number of a plan is explained by parts that add up, in words that agree with its page."""

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from core import clock
from crm.models import Source
from pipeline.models import Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
from planning.explain_documents import explained_document
from planning.explain_questions import asked_of
from planning.explain_rows import groups_of, rows_of
from planning.explain_words import sentences
from planning.explained import Asked, NothingToExplain
from planning.explaining import explain
from planning.explaining_shares import shares_asked
from planning.models import Assumption, Staff
from planning.services.means import create_channel, create_role
from planning.services.plans import create_plan, preview_plan
from planning.services.targets import set_target_parts
from planning.shares import shares_of
from planning.views.pictures import preview_picture

YEAR = range(12)


@pytest.fixture
def means(company, stages):
    """People and channels that limit a plan: two channels, of which the cheap one runs out."""
    role = create_role(
        by=company.manager,
        name="Engineer",
        hours_per_day=6,
        monthly_cost=Decimal(8000),
        recruiting_cost=Decimal(5000),
        notice_months=1,
        overtime_share=0.1,
        overtime_cost=Decimal(90),
        efforts={
            ("opportunity", stages["Qualified"].pk): (3.0, 0.5),
            ("opportunity", stages["Proposal"].pk): (6.0, 1.0),
        },
    )
    Staff.objects.create(role=role, name="Two", headcount=2, begins="2001-01-01")
    for name, tiers in (
        ("Fairs", [(20, Decimal(100)), (20, Decimal(300))]),
        ("Web", [(400, Decimal(500))]),
    ):
        create_channel(by=company.manager, source=Source.objects.create(name=name), tiers=tiers)
    return role


def solved_with(plan, **changes):
    for name, value in changes.items():
        setattr(plan, name, value)
    return preview_plan(plan)


def every_number(solved):
    """What the page of a plan can be asked."""
    stages = range(len(solved.funnel.rows))
    yield from (Asked("entries", stage=s, month=m) for s in stages for m in (None, *YEAR))
    for s in stages:
        known = [m for m in YEAR if not np.isnan(solved.quality.mean_amount[s, m])]
        yield from (Asked("amount", stage=s, month=m) for m in [*known, *[None][: len(known)]])
    yield from (Asked(about, month=m) for about in ("won", "revenue") for m in (None, *YEAR))
    yield from map(Asked, ("expected", "leads", "p_target", "p80"))
    if solved.within is None:
        return
    names = dict.fromkeys(solved.within.means.tiers.channel)
    yield from (Asked("hours", name="Engineer", month=m) for m in (None, *YEAR))
    yield from (Asked("channel", name=n, month=m) for n in names for m in (None, 0, 7))
    yield from map(Asked, ("spend", "cost", "profit"))
    places = range(len(solved.within.program.limits))
    yield from (Asked("limit", place=place) for place in places)


def every_number_of_parts(solved, dimension, values):
    """What the page of targets can be asked."""
    stages = range(len(solved.funnel.rows))
    for part in ({"dimension": dimension, "value": value} for value in values):
        yield from (Asked("entries", stage=s, month=m, **part) for s in stages for m in (None, 3))
        yield from (Asked("won", month=m, **part) for m in (None, 3))


def check_parts(solved, numbers=None, shares=None):
    for asked in numbers or every_number(solved):
        found = explain(solved, asked, shares)
        whole = 1.0 if asked.about == "p_target" else found.value
        total = sum(part.value for part in found.parts)
        assert total == pytest.approx(whole, rel=1e-9, abs=1e-6 * (asked.about == "limit")), asked
        for part in found.parts:
            if part.quantity is not None and part.price is not None:
                assert part.quantity * part.price == pytest.approx(part.value, rel=1e-9), asked
        shown = sum(row.shown for row in rows_of(found))
        wanted = 1.0 if asked.about == "p_target" else found.shown
        assert shown == pytest.approx(wanted, rel=1e-12, abs=1e-9), asked
        assert sentences(solved, found), asked
        assert not any("%(" in text for text in sentences(solved, found)), asked


def test_the_parts_of_every_number_are_the_number_without_limits(plan):
    solved = solved_with(plan)
    assert solved.within is None
    check_parts(solved)


@pytest.mark.parametrize(("target", "is_reached"), [(20_000_000, True), (900_000_000, False)])
def test_the_parts_of_every_number_are_the_number_within_limits(plan, means, target, is_reached):
    solved = solved_with(plan, target=Decimal(target), margin=0.4)
    assert solved.within.is_reached is is_reached
    check_parts(solved)


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("is_split", [False, True])
def test_the_parts_of_every_number_of_a_team_are_that_number(
    plan, company, sold_by_two, limited, is_split, request
):
    if limited:
        request.getfixturevalue("means")
    if is_split:
        north, service = str(company.sub_team.pk), str(company.other_team.pk)
        parts = {north: Decimal(17_000_001), service: Decimal(0), "": Decimal(42_999_999)}
        set_target_parts(plan, by=company.admin, dimension="team", parts=parts)
    solved = preview_plan(plan)
    shares = shares_of(plan, "team", company.admin)
    numbers = list(every_number_of_parts(solved, "team", shares.values))
    check_parts(solved, numbers, shares)
    for asked in numbers:
        whole = explain(solved, replace(asked, dimension="", value=""))
        each = [explain(solved, replace(asked, value=v), shares) for v in shares.values]
        assert sum(part.shown for part in each) == whole.shown
        assert sum(part.value for part in each) == pytest.approx(whole.value)


def test_the_number_of_a_part_says_what_its_share_rests_on(plan, company, sold_by_two):
    solved = preview_plan(plan)
    values = shares_of(plan, "team", company.admin).values
    asked = Asked("entries", stage=1, month=4, dimension="team", value=values[0])
    found = explain(solved, asked, shares_of(plan, "team", company.admin))
    said = sentences(solved, found)
    assert re.match(rf"North: {found.shown} of the \d+ to enter Proposal in May", said[0])
    assert re.search(r"\d+ of the \d+ who got here in the last year", said[1])
    parts = {values[0]: Decimal(15_000_000), "": Decimal(45_000_000)}
    set_target_parts(plan, by=company.admin, dimension="team", parts=parts)
    found = explain(solved, asked, shares_of(plan, "team", company.admin))
    assert "¥15,000,000 of ¥60,000,000." in sentences(solved, found)[1]
    assert found.facts["share"]["share"] == 0.25


def test_a_part_that_is_not_there_or_not_ones_own_is_not_explained(plan, company, sold_by_two):
    solved, shares = preview_plan(plan), shares_of(plan, "team", company.manager)
    assert shares.values == (str(company.sub_team.pk), "elsewhere")
    for value in (str(company.other_team.pk), "999", ""):
        with pytest.raises(NothingToExplain):
            explain(solved, Asked("won", dimension="team", value=value), shares)
    for asked in (Asked("revenue", dimension="team"), Asked("won", dimension="month")):
        with pytest.raises(NothingToExplain):
            shares_asked(solved, asked, company.manager)


def test_hours_say_whether_they_were_measured_or_typed(plan, means):
    asked = Asked("hours", name="Engineer")
    solved = solved_with(plan, target=Decimal(20_000_000))
    assert sentences(solved, explain(solved, asked))[-1] == "The hours of every stage are typed."
    qualified = means.efforts.get(pipeline_stage__name="Qualified")
    qualified.measured = {
        "per_entry": {"hours": 1.25},
        "per_month": {"hours": 0.75},
        "is_enough": True,
    }
    qualified.is_measured = True
    qualified.save()
    solved = solved_with(plan, target=Decimal(20_000_000))
    found = explain(solved, asked)
    said = sentences(solved, found)[-1]
    assert said.endswith("activities: Qualified; typed: Proposal.")
    prices = {(p.origin, p.stage): p.price for p in found.parts}
    stage = solved.funnel.rows.index(("opportunity", qualified.pipeline_stage_id))
    assert (prices["entry", stage], prices["stay", stage]) == (1.25, 0.75)


def test_typed_repeat_business_is_a_part_of_its_own(plan):
    solved = solved_with(plan, repeat_by_month=[100_000] * 12)
    check_parts(solved)
    parts = {part.origin: part.value for part in explain(solved, Asked("revenue", month=3)).parts}
    assert parts["base"] == pytest.approx(100_000)
    assert "again" not in parts


def test_mid_year_what_was_won_and_has_entered_is_told_apart(plan, pipeline, company_day):
    clock.pin(company_day("2002-04-15"))
    refresh(pipeline)
    solved = solved_with(plan)
    check_parts(solved)
    january = explain(solved, Asked("entries", stage=1, month=0))
    assert {part.origin for part in january.parts} <= {"so_far"}


@pytest.mark.parametrize("limited", [False, True])
def test_what_is_explained_is_what_the_page_shows(plan, limited, request):
    if limited:
        request.getfixturevalue("means")
    solved = solved_with(plan, target=Decimal(20_000_000), margin=0.4)
    picture = preview_picture(solved.plan, solved)
    for row in picture.rows:
        for cell in row.cells:
            assert explain(solved, asked_of(cell.key)).shown == cell.count, cell.key
    for place, row in enumerate(picture.rows[:-1], start=1):
        assert explain(solved, asked_of(f"total-{place}")).shown == row.total
    assert explain(solved, Asked("won")).shown == picture.rows[-1].total
    first = picture.rows[0].cells[4]
    groups = groups_of(explain(solved, asked_of(first.key)))
    assert groups["new"] == pytest.approx(first.leads, abs=1)
    found = picture.found
    for about, name in (("expected", "expected"), ("p80", "p80_revenue"), ("p_target", "p_target")):
        assert explain(solved, Asked(about)).value == pytest.approx(found[name], rel=1e-9)
    if limited:
        for role in picture.limits.roles:
            for cell in role.cells:
                assert explain(solved, asked_of(cell.key)).value == pytest.approx(cell.needed)
        for channel in picture.limits.channels:
            for month, n in enumerate(channel.cells):
                assert explain(solved, asked_of(f"{channel.key}-{month}")).shown == n
        assert explain(solved, Asked("cost")).value == pytest.approx(picture.limits.cost)


def test_the_sentence_divides_the_wins_by_the_rate_that_is_published(plan):
    solved = solved_with(plan)
    found = explain(solved, Asked("entries", stage=1, month=4))
    rate = solved.estimate.payload["stages"][-2]["success"]["rate"]
    assert found.facts["wins"] / rate == pytest.approx(found.value, rel=1e-6)
    first = sentences(solved, found)[0]
    assert first.startswith(f"{found.shown:,} to enter Proposal in May = ")
    assert f"{100 * rate:.1f}\u202f% (" in first
    landing = found.facts["landing"]
    assert landing.sum() + found.facts["later"] == pytest.approx(found.facts["wins"])


def test_leads_say_which_channels_they_are_bought_from(plan, means):
    solved = solved_with(plan, target=Decimal(20_000_000))
    document = explained_document(solved, Asked("leads"))
    assert document["text"][-1].startswith("Bought from: ")
    assert re.search(r"(Fairs|Web) \d+", document["text"][-1])


def test_wins_are_those_of_the_channels_bought_where_their_rates_are_known(plan, means, stages):
    sources = {source.name: source for source in Source.objects.all()}
    deals = Opportunity.objects.filter(pipeline=plan.pipeline)
    deals.update(source=sources["Web"])
    deals.exclude(stage=stages["Won"]).filter(pk__gt=deals.earliest("pk").pk + 200).update(
        source=sources["Fairs"]
    )
    refresh_segment(plan.pipeline, "source")
    solved = solved_with(plan, target=Decimal(20_000_000), margin=0.4)
    check_parts(solved)
    found = explain(solved, Asked("entries", stage=0, month=3))
    segments = dict(zip(("all", "Fairs", "Web"), solved.within.segments, strict=True))
    rates = {name: segment.law.success[0] for name, segment in segments.items()}
    assert rates["Fairs"] < rates["all"] < rates["Web"]
    assert rates["Fairs"] < found.facts["success"] <= rates["Web"]
    assert found.facts["success"] != pytest.approx(rates["all"], abs=1e-3)
    assert found.facts["success"] == pytest.approx(solved.quality.success[0, 3])
    assert "the rate of the channels" in sentences(solved, found)[1]


def test_an_assumed_rate_is_told_beside_that_of_history(plan, stages):
    stage = stages["Proposal"]
    Assumption.objects.create(
        plan=plan, kind="promotion", pipeline_stage=stage, value=0.9, reason="Trial", at=clock.now()
    )
    solved = preview_plan(plan)
    check_parts(solved)
    found = explain(solved, Asked("entries", stage=1, month=4))
    assert found.facts["success"] > found.facts["history"] + 0.05
    history = solved.estimate.payload["stages"][-2]["success"]["rate"]
    first, second = sentences(solved, found)[:2]
    assert f"{100 * found.facts['success']:.1f}\u202f%." in first
    assert f"by those it would be {100 * history:.1f}\u202f% (" in second


@pytest.mark.parametrize(
    "asked",
    [
        Asked("entries"),
        Asked("entries", stage=9),
        Asked("entries", stage=0, month=12),
        Asked("hours", name="Engineer"),
        Asked("channel", name="Web"),
        Asked("limit", place=0),
        Asked("profit"),
        Asked("weather"),
    ],
)
def test_a_number_that_the_plan_has_not_is_not_explained(plan, asked):
    with pytest.raises(NothingToExplain):
        explain(preview_plan(plan), asked)


@pytest.mark.parametrize(
    ("cell", "asked"),
    [
        ("s2-11", Asked("entries", stage=2, month=11)),
        ("total-1", Asked("entries", stage=0)),
        ("won-3", Asked("won", month=3)),
        ("won", Asked("won")),
        ("hours-North-3 team-total", Asked("hours", name="North-3 team")),
        ("hours-North-3-5", Asked("hours", name="North-3", month=5)),
        ("channel-Web-0", Asked("channel", name="Web", month=0)),
        ("price-2", Asked("limit", place=2)),
        ("part-team-s1-4-7", Asked("entries", stage=1, month=4, dimension="team", value="7")),
        ("part-region-won-total-a-1", Asked("won", dimension="region", value="a-1")),
        ("part-source-won-3-", Asked("won", month=3, dimension="source")),
        ("part-month-won-3-1", None),
        ("s2", None),
        ("", None),
        ("hours-", None),
    ],
)
def test_cells_name_numbers(cell, asked):
    assert asked_of(cell) == asked


def test_of_nothing_won_a_sentence_says_so(pipeline, company):
    refresh(pipeline)
    plan = create_plan(
        by=company.manager,
        name="Early",
        year=clock.today().year,
        pipeline=pipeline,
        target=Decimal(5),
        currency="CNY",
    )
    solved = preview_plan(plan)
    for asked in every_number(solved):
        assert sentences(solved, explain(solved, asked)), asked
