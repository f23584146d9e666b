"""Parts of a plan by what is known of them: own amounts and rates, and what channels bring."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.models import DirtyFlag
from core.templatetags.figures import percent
from crm.models import Product, Source
from pipeline.models import Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
from planning.bought import Bought, leads_by_source
from planning.engine.credibility import credible_ratios
from planning.explain_words import sentences
from planning.explained import Asked
from planning.explaining import explain
from planning.explaining_shares import shares_asked
from planning.models import Plan, Staff
from planning.own_rates import OwnRates, Ratio
from planning.requirement_parts import divided, divided_wins, requirements_document
from planning.segments import WON, entries_last_year
from planning.services.plans import create_plan, preview_plan, solve_plan
from planning.services.targets import set_target_parts
from planning.shares import Shares, shares_of
from tests.histories import write_history

TARGET = Decimal(60_000_000)


@pytest.fixture
def products():
    return {name: Product.objects.create(name=name) for name in ("Line", "Part", "New")}


@pytest.fixture
def plan(pipeline, company, company_day, products):
    """Parts are half as large as lines and won less often; of the new product three are known."""
    clock.pin(company_day("2002-01-01"))
    start = company_day("2001-01-01")
    for seed, (name, deals, times, advance, owner) in enumerate(
        [
            ("Line", 300, 1.0, 0.7, company.owner),
            ("Part", 500, 0.5, 0.5, company.stranger),
            ("New", 3, 1.0, 0.6, company.stranger),
        ]
    ):
        history = {"deals": deals, "times": times, "advance": advance, "seed": seed}
        rows = write_history(pipeline, start=start, days=365, **history)
        Opportunity.objects.filter(pk__in=[row.pk for row in rows]).update(
            product=products[name], owner=owner
        )
    refresh(pipeline)
    for dimension in ("product", "team"):
        refresh_segment(pipeline, dimension)
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=TARGET,
        currency="CNY",
        confidence=50,
    )


def halves(plan, by, dimension, *values):
    parts = {str(value): TARGET / len(values) for value in values}
    set_target_parts(plan, by=by, dimension=dimension, parts=parts)


def of_history(plan, **of):
    """The mean amount of a win, and the share won of what is closed, told from the deals alone."""
    deals = plan.pipeline.opportunities.filter(closed_at__isnull=False, **of)
    amounts = [float(deal.amount) for deal in deals.filter(stage__is_won=True)]
    return float(np.mean(amounts)), len(amounts) / deals.count()


@pytest.mark.parametrize("dimension", ["product", "team"])
def test_a_part_with_smaller_deals_needs_more_wins_and_one_that_wins_less_more_leads(
    plan, company, products, dimension
):
    if dimension == "product":
        keys = [products["Line"].pk, products["Part"].pk]
        facts = [of_history(plan, product=key) for key in keys]
    else:
        keys = [company.sub_team.pk, company.other_team.pk]
        facts = [of_history(plan, owner__team=key) for key in keys]
    (large, often), (small, seldom) = facts
    halves(plan, company.admin, dimension, *keys)
    shares = shares_of(plan, dimension, company.admin)
    line, part = (shares.values.index(str(key)) for key in keys)
    won = shares.exact(WON)
    assert won[part] / won[line] == pytest.approx(large / small, rel=0.05)
    first = next(divided(list(plan.requirements.all()), shares))
    entries = first.exact.sum(axis=1)
    assert entries[part] / entries[line] == pytest.approx(large / small * often / seldom, rel=0.12)
    assert first.mean(part, first.success(part)) < 0.6 * first.mean(line, first.success(line))
    amounts = [first.mean(p, first.amounts(p)) for p in (line, part)]
    assert amounts[0] / amounts[1] == pytest.approx(large / small, rel=0.15)


def test_parts_add_up_to_the_plan_to_the_customer_and_to_what_it_brings(plan, company, products):
    halves(plan, company.admin, "product", *(each.pk for each in products.values()))
    shares = shares_of(plan, "product", company.admin)
    for stage in divided(list(plan.requirements.all()), shares):
        assert stage.rounded.sum(axis=0).tolist() == list(stage.whole)
        assert stage.exact.sum(axis=0) == pytest.approx(stage.entries)
    whole, wins = divided_wins([month["wins"] for month in plan.solution["months"]], shares)
    assert wins.sum(axis=0).tolist() == whole
    assert shares.money() == pytest.approx([1 / 3] * 3)


def test_too_little_history_takes_the_rates_of_the_whole_and_says_so(
    plan, company, products, as_user
):
    new = str(products["New"].pk)
    halves(plan, company.admin, "product", *(each.pk for each in products.values()))
    shares = shares_of(plan, "product", company.admin)
    p = shares.values.index(new)
    assert (shares.amount(p).times, shares.amount(p).is_own) == (1.0, False)
    address = f"/plans/{plan.pk}/targets/needs/?by=product&of="
    page = as_user(company.admin).get(address + new).content.decode()
    assert "New has too few wins of its own" in page
    assert "New has too little history" in page
    page = as_user(company.admin).get(address + str(products["Line"].pk)).content.decode()
    assert "too few wins" not in page
    assert "too little history" not in page


def test_parts_that_need_more_than_the_plan_has_are_told(plan, company, products, as_user):
    halves(plan, company.admin, "product", products["Part"].pk)
    shares = shares_of(plan, "product", company.admin)
    row = ("opportunity", plan.pipeline.stages.order_by("order").first().pk)
    more = shares.needed(row).sum() - 1
    assert more > 0.3
    page = as_user(company.admin).get(f"/plans/{plan.pk}/targets/needs/?by=product")
    said = f"all parts together need {percent(more)} more to enter"
    assert said in page.content.decode()
    assert "scaled down" in page.content.decode()


def test_a_plan_without_rates_of_its_parts_uses_the_wholes_and_asks_for_them(
    plan, company, as_user
):
    halves(plan, company.admin, "region", "North", "South")
    assert DirtyFlag.objects.filter(name=f"segments:{plan.pipeline_id}:region").exists()
    shares = shares_of(plan, "region", company.admin)
    assert shares.exact(WON).tolist() == [0.5, 0.5]
    page = as_user(company.admin).get(f"/plans/{plan.pk}/targets/needs/?by=region")
    assert "not known for these parts" in page.content.decode()


def test_a_solved_plan_stays_as_it_is_when_newer_rates_by_segment_are_known(
    plan, company, products
):
    def divided_now():
        rows = requirements_document(plan, "product", company.admin)
        # Where they came from is told of the history as it is now.
        return [{name: row[name] for name in row if name != "sources"} for row in rows]

    halves(plan, company.admin, "product", products["Line"].pk, products["Part"].pk)
    before = divided_now()
    Opportunity.objects.filter(product=products["Part"]).update(product=products["Line"])
    refresh_segment(plan.pipeline, "product")
    assert divided_now() == before
    plan = solve_plan(Plan.objects.get(pk=plan.pk))
    assert divided_now() != before


def test_the_arithmetic_of_a_part_shows_its_own_rate_and_how_it_was_scaled(plan, company, products):
    part = str(products["Part"].pk)
    halves(plan, company.admin, "product", products["Line"].pk, part)
    solved = preview_plan(plan)
    asked = Asked("entries", stage=0, month=4, dimension="product", value=part)
    shares = shares_asked(solved, asked, company.admin)
    found = explain(solved, asked, shares)
    rates = plan.pipeline.estimates.get(segment="product").payload["stages"][0]["segments"]
    assert found.facts["rate"]["success"] in [row["success"] for row in rates]
    assert found.facts["rate"]["success"]["rate"] == pytest.approx(found.facts["success"], rel=0.05)
    why = found.facts["share"]
    assert why["own"] * why["scale"] == pytest.approx(found.value)
    said = " ".join(sentences(solved, found))
    assert "times as large as all" in said
    assert "times as often as all" in said
    assert "All parts together" in said
    assert sum(each.value for each in found.parts) == pytest.approx(found.value)


def test_parts_cost_the_same_number_of_queries_however_many(plan, company, products):
    def queries():
        fresh = Plan.objects.select_related("pipeline", "estimate").get(pk=plan.pk)
        with CaptureQueriesContext(connection) as found:
            requirements_document(fresh, "product", company.admin)
        return len(found)

    halves(plan, company.admin, "product", products["Line"].pk)
    few = queries()
    more = [Product.objects.create(name=f"P{n}").pk for n in range(8)]
    halves(plan, company.admin, "product", *more)
    assert queries() == few <= 11


def test_the_mix_of_sources_of_a_part_is_its_own(plan, company, products, as_user):
    fair, web = (Source.objects.create(name=name) for name in ("Fair", "Web"))
    deals = plan.pipeline.opportunities.all()
    deals.filter(product=products["Line"]).update(source=fair)
    parts = deals.filter(product=products["Part"])
    parts.update(source=web)
    parts.filter(pk__in=parts[:125]).update(source=fair)
    rows = requirements_document(plan, "product", company.admin)
    first = plan.requirements.first().stage
    mixed = {
        row["value"]: {each["name"]: each["share"] for each in row["sources"]}
        for row in rows
        if row["value"] and row["stage"] == first
    }
    assert mixed[str(products["Line"].pk)] == {"Fair": 1.0}
    assert mixed[str(products["Part"].pk)] == pytest.approx({"Web": 0.75, "Fair": 0.25}, abs=0.01)
    address = f"/plans/{plan.pk}/targets/needs/?by=product&of={products['Part'].pk}"
    page = as_user(company.admin).get(address).content.decode()
    assert f"{percent(0.75)} Web, {percent(0.25)} Fair" in page


@pytest.fixture
def bought(plan, company, role, channel):
    """A plan that can be reached with its people, and a channel whose source had no leads yet."""
    Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=400)
    old = Source.objects.create(name="Web")
    plan.pipeline.opportunities.update(source=old)
    plan = solve_plan(plan)
    assert plan.solution["is_reached"]
    return plan


def test_sources_have_what_the_plan_buys_through_their_channels(bought, company, channel):
    solved = preview_plan(bought)
    ((source, leads, _segment),) = leads_by_source(solved.within)
    assert source == channel.source_id
    assert leads.sum() > 0
    shares = shares_of(bought, "source", company.admin)
    fair = shares.values.index(str(channel.source_id))
    stages = list(divided(list(bought.requirements.all()), shares))
    assert stages[0].exact[fair] == pytest.approx(leads)
    for stage in stages:
        assert stage.exact.sum(axis=0) == pytest.approx(stage.entries)
        assert stage.rounded.sum(axis=0).tolist() == list(stage.whole)
        # Nothing came from there in the last year, so nothing of what comes without a channel.
        assert entries_last_year(bought, "source")[stage.key].get(str(source), 0) == 0
        assert stage.from_pipeline(fair) == pytest.approx(0)
    rows = [
        row
        for row in requirements_document(bought, "source", company.admin)
        if row["value"] == str(source) and row["stage"] == stages[0].key[1]
    ]
    assert {row["basis"] for row in rows} == {"channels"}
    assert [row["bought"] for row in rows] == pytest.approx(leads)
    assert all(row["mix"] is None or row["mix"]["new_leads"] > 0.99 for row in rows)


def test_what_channels_bring_is_explained_in_parts_that_add_up(bought, company, channel, as_user):
    solved = preview_plan(bought)
    for about, stage, month in (("entries", 0, 4), ("entries", 2, None), ("won", None, None)):
        asked = Asked(about, stage=stage, month=month, dimension="source")
        shares = shares_asked(solved, asked, company.admin)
        whole = explain(solved, replace(asked, dimension=""))
        each = [explain(solved, replace(asked, value=v), shares) for v in shares.values]
        assert sum(part.shown for part in each) == whole.shown
        assert sum(part.value for part in each) == pytest.approx(whole.value)
        for found in each:
            assert sum(part.value for part in found.parts) == pytest.approx(found.value, abs=1e-6)
            assert "channels of this source" in " ".join(sentences(solved, found))
    page = as_user(company.admin).get(f"/plans/{bought.pk}/targets/needs/?by=source")
    assert "what the plan buys through their channels" in page.content.decode()


ratios = st.floats(0.05, 20).map(lambda times: Ratio(times, is_own=True, n=50))


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_parts_by_any_rates_and_channels_add_up_to_the_whole(data):
    size = data.draw(st.integers(1, 6))
    values = tuple(str(n) for n in range(size))
    cents = data.draw(st.lists(st.integers(0, 10**14), min_size=size, max_size=size))
    row = ("opportunity", 1)
    entries = data.draw(st.lists(st.floats(0, 5000), min_size=12, max_size=12))
    own = OwnRates(
        {},
        {value: data.draw(ratios) for value in values},
        {row: {value: data.draw(ratios) for value in values}},
    )
    bought = None
    if data.draw(st.booleans()):
        part = st.floats(0, 1 / size)
        brought = {
            v: np.array([n * data.draw(part) for n in entries]) for v in values[: size // 2 + 1]
        }
        bought = Bought({WON: brought, row: brought})
    shares = Shares(
        dimension="source",
        values=values,
        names=values,
        members=tuple((value,) for value in values),
        target=dict(zip(values, cents, strict=True)) if any(cents) else {},
        entries={},
        overall=dict(zip(values, cents, strict=True)),
        own=own,
        bought=bought,
    )
    whole = [int(n) for n in np.floor(entries)]
    table, exact = shares.divide(row, whole, entries), shares.spread(row, entries)
    assert table.sum(axis=0).tolist() == whole
    assert (table >= 0).all()
    assert exact.sum(axis=0) == pytest.approx(entries)
    total = np.where(np.array(entries) > 0, entries, 1.0)
    assert np.abs(table - exact / total * whole).max() < 1 + 1e-3


def test_mean_amounts_are_believed_as_far_as_chance_does_not_explain_them():
    ratio, many = np.array([0.5, 1.5, 9.0, np.nan]), np.array([400.0, 400.0, 3.0, 100.0])
    found = credible_ratios(ratio, many, 0.6)
    assert found[:2] == pytest.approx([0.5, 1.5], abs=0.01)
    assert np.isnan(found[2:]).all()
    rng = np.random.default_rng(1)
    alike = 1 + 0.8 / np.sqrt(20) * rng.standard_normal(30)
    found = credible_ratios(alike, np.full(30, 20.0), 0.8)
    assert np.abs(found - 1).mean() < 0.5 * np.abs(alike - 1).mean()
