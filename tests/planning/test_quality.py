"""What those who must enter a stage are like, month by month."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from crm.models import Source
from pipeline.models import AmountChange, Opportunity
from pipeline.services.estimates import refresh
from planning.engine.law_changes import with_promotions
from planning.requirement_rows import requirement_rows
from planning.selectors import requirement_document
from planning.services.means import create_channel
from planning.services.plans import preview_plan


def of_stage(plan, name):
    return list(plan.requirements.filter(name=name))


def test_where_amounts_are_usual_every_month_has_the_usual_one(plan):
    solved = preview_plan(plan)
    row = of_stage(plan, "Qualified")[-1]
    assert row.mean_amount == pytest.approx(solved.funnel.law.mean_amount, rel=0.02)


def test_big_open_deals_raise_the_months_in_which_they_move(plan, pipeline):
    AmountChange.objects.bulk_create(
        AmountChange(
            opportunity=deal,
            pipeline=pipeline,
            amount=20 * deal.amount,
            currency="CNY",
            at=deal.created_at + timedelta(seconds=1),
        )
        for deal in Opportunity.objects.filter(pipeline=pipeline, closed_at=None)
    )
    solved = preview_plan(plan, estimate=refresh(pipeline))
    rows = [row for row in requirement_rows(solved) if row.name == "Negotiation"]
    assert rows[0].mean_amount > 2 * rows[-1].mean_amount


def test_success_is_the_published_rate_where_all_leads_are_alike(plan):
    published = {row["name"]: row["success"]["rate"] for row in plan.estimate.payload["stages"]}
    for row in plan.requirements.all():
        assert row.success == pytest.approx(published[row.name])


def test_the_success_of_a_month_follows_its_mix_of_channels(plan, company, monkeypatch):
    create_channel(
        by=company.manager,
        source=Source.objects.create(name="Fair"),
        tiers=[(100_000, Decimal(1))],
    )
    plan.target = Decimal(10_000_000)
    solved = preview_plan(plan)
    assert solved.within.is_reached
    half = np.array([0.5, *np.ones(len(solved.funnel.rows) - 1)])
    common, *of_channels = solved.within.segments
    halved = [replace(each, law=with_promotions(each.law, half)) for each in of_channels]
    worse = replace(solved, within=replace(solved.within, segments=(common, *halved)))
    usual, found = solved.quality.success[0], worse.quality.success[0]
    assert np.all(found <= usual + 1e-12)
    assert found[0] < 0.9 * usual[0]


def test_the_mix_says_where_all_entries_come_from(plan):
    for row in plan.requirements.all():
        mix = requirement_document(row, plan.solution)["mix"]
        assert sum(mix.values()) == pytest.approx(1)
        assert mix["open"] * row.entries == pytest.approx(row.from_pipeline, abs=1e-6)


def test_a_plan_solved_before_mixes_were_known_has_none(plan):
    del plan.solution["origins"]
    assert requirement_document(plan.requirements.first(), plan.solution)["mix"] is None
