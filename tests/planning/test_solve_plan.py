"""A target, solved backwards from an estimate in the database."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from core import clock
from core.models import ExchangeRate
from core.money import MissingExchangeRate
from pipeline.services.estimates import refresh
from planning.engine import simulate
from planning.models import Plan, Requirement
from planning.selectors import plan_document
from planning.services.plans import NoEstimate, create_plan, preview_plan, solve_plan, update_plan
from tests.histories import write_history


@pytest.fixture
def estimate(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=600)
    return refresh(pipeline)


@pytest.fixture
def plan(estimate, pipeline, company):
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(60_000_000),
        currency="CNY",
        confidence=50,
    )


def test_a_new_plan_is_solved_with_the_estimate_it_names(plan, estimate):
    assert plan.estimate == estimate
    document = plan_document(plan)
    assert document["estimate"] == estimate.pk
    assert document["expected"] == pytest.approx(60_000_000)
    assert len(document["requirements"]) == 3 * 12
    for row in document["requirements"]:
        assert row["entries"] == pytest.approx(row["from_pipeline"] + row["new"])


def test_simulating_the_answer_forwards_returns_the_target(plan):
    solved = preview_plan(plan)
    window = _window(solved)
    course = simulate(
        solved.funnel.law, solved.funnel.open_stays, window, solved.solution.new_leads
    )
    assert course.revenue.sum() == pytest.approx(60_000_000, rel=1e-6)


@pytest.mark.parametrize("confidence", [80, 90])
def test_the_chance_is_the_one_asked_for_and_no_less(plan, company, confidence):
    update_plan(plan, by=company.manager, confidence=confidence)
    assert confidence / 100 <= plan.solution["p_target"] < confidence / 100 + 1e-6


def _window(solved):
    from planning.engine import PlanWindow
    from planning.solving import first_day

    return PlanWindow.of_year(first_day(solved.plan.year), solved.funnel.as_of)


def test_more_confidence_needs_more_leads(plan, company):
    even = plan.solution["leads"]
    update_plan(plan, by=company.manager, confidence=80)
    assert plan.solution["leads"] > even
    assert plan.solution["p_target"] == pytest.approx(0.8)


def test_solving_again_replaces_the_rows(plan, company):
    solve_plan(plan)
    assert Requirement.objects.filter(plan=plan).count() == 36
    update_plan(plan, by=company.manager, target=Decimal(90_000_000))
    assert plan_document(plan)["expected"] == pytest.approx(90_000_000)
    assert Requirement.objects.filter(plan=plan).count() == 36


def test_a_target_below_the_open_pipeline_needs_no_leads(plan, company):
    update_plan(plan, by=company.manager, target=Decimal(1))
    assert plan.solution["leads"] == 0
    assert plan_document(plan)["verdict"]["text"].startswith("Covered")


def test_without_rates_there_is_a_sentence_and_no_error(pipeline, company):
    plan = create_plan(
        by=company.manager, name="Early", year=2002, pipeline=pipeline, target=5, currency="CNY"
    )
    assert plan.solution is None
    assert "not been computed" in plan_document(plan)["verdict"]["text"]
    with pytest.raises(NoEstimate):
        solve_plan(plan)


def test_without_history_the_verdict_says_what_is_missing(pipeline, company):
    year = clock.today().year
    refresh(pipeline)
    plan = create_plan(
        by=company.manager, name="Early", year=year, pipeline=pipeline, target=5, currency="CNY"
    )
    assert plan.solution["code"] == "too_little_history"
    assert "import deals" in plan_document(plan)["verdict"]["text"]


def test_a_plan_in_another_currency_needs_its_rate(estimate, pipeline, company):
    fields = {"name": "Dollars", "year": 2002, "pipeline": pipeline, "target": Decimal(8_000_000)}
    with pytest.raises(MissingExchangeRate, match="CNY to USD"):
        create_plan(by=company.manager, currency="USD", confidence=50, **fields)
    assert not Plan.objects.exists()
    ExchangeRate.objects.create(base="USD", quote="CNY", date="2001-01-01", rate=Decimal(8))
    dollars = create_plan(by=company.manager, currency="USD", confidence=50, **fields)
    fields |= {"name": "Yuan", "target": Decimal(64_000_000)}
    yuan = create_plan(by=company.manager, currency="CNY", confidence=50, **fields)
    assert dollars.solution["leads"] == pytest.approx(yuan.solution["leads"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("target", -1), ("year", 20020), ("shape", [0] * 12), ("shape", [1]), ("confidence", 70)],
)
def test_a_bad_input_is_refused_beside_its_field(plan, company, field, value):
    with pytest.raises(ValidationError) as refused:
        update_plan(plan, by=company.manager, **{field: value})
    assert field in refused.value.message_dict
    assert Plan.objects.get().target == 60_000_000


def test_mid_year_what_was_won_counts_and_only_coming_months_are_asked_for(
    plan, pipeline, company_day
):
    clock.pin(company_day("2002-05-01"))
    write_history(pipeline, start=company_day("2002-01-01"), days=120, deals=150, seed=3)
    refresh(pipeline)
    solve_plan(plan)
    months = plan_document(plan)["months"]
    assert all(m["certain"] > 0 and m["new_leads"] == 0 for m in months[1:4])
    assert all(m["certain"] == 0 and m["new_leads"] > 0 for m in months[4:])
    assert plan.solution["expected"] == pytest.approx(60_000_000)


def test_the_command_prints_one_json_document(plan):
    out = StringIO()
    call_command("solve_plan", "Growth", json=True, stdout=out)
    document = json.loads(out.getvalue())
    assert document["verdict"]["code"] in ("reachable", "tight")
    assert len(document["requirements"]) == 36


def test_a_plan_made_before_its_year_expects_leads_to_go_on_until_then(
    plan, pipeline, company, company_day
):
    from planning.services.plans import preview_plan
    from planning.solving import solve_for

    early = refresh(pipeline, as_of=company_day("2001-10-01"))
    solved = solve_for(plan, early)
    window = _window(solved)
    course = simulate(
        solved.funnel.law,
        solved.funnel.open_stays,
        window,
        solved.solution.new_leads,
        before=solved.funnel.arrivals_of_late,
    )
    assert solved.document()["assumed_per_month"] == pytest.approx(50, rel=0.2)
    assert course.revenue.sum() == pytest.approx(60_000_000, rel=1e-6)
    assert solved.solution.leads == pytest.approx(preview_plan(plan).solution.leads, rel=0.25)
    assert plan.solution["assumed_per_month"] is None


def test_a_solve_with_an_old_copy_answers_what_was_saved_last(plan, company):
    old_copy = Plan.objects.get(pk=plan.pk)
    update_plan(plan, by=company.manager, target=Decimal(20_000_000))
    solve_plan(old_copy)
    kept = Plan.objects.get(pk=plan.pk)
    assert kept.target == 20_000_000
    assert kept.solution["expected"] == pytest.approx(20_000_000)


def test_moved_to_a_pipeline_without_rates_a_plan_forgets_its_answer(plan, company):
    from pipeline.services.pipelines import create_pipeline

    other = create_pipeline("Service", currency="CNY", stages=["Asked"])
    update_plan(plan, by=company.manager, pipeline=other)
    assert plan.solution is None
    assert plan.estimate is None
    assert not Requirement.objects.filter(plan=plan).exists()


def test_a_handful_of_wins_is_too_little_to_plan_by(pipeline, stages, company, company_day):
    from pipeline.services.opportunities import create_opportunity, move_opportunity

    clock.pin(company_day("2002-01-01"))
    for number in range(4):
        deal = create_opportunity(
            pipeline=pipeline,
            by=company.admin,
            name=f"Deal {number}",
            amount=100_000,
            created_at=company_day("2001-06-01"),
        )
        if number < 3:
            won = company_day("2001-08-01")
            move_opportunity(deal, to=stages["Won"], by=company.admin, at=won)
    refresh(pipeline)
    fields = {"name": "Bold", "year": 2002, "pipeline": pipeline, "target": 900_000}
    plan = create_plan(by=company.manager, currency="CNY", **fields)
    assert plan.solution["code"] == "too_little_history"
    assert "Too little history" in plan_document(plan)["verdict"]["text"]


def test_a_first_stage_that_nobody_was_seen_to_enter_is_passed_over(pipeline, company, company_day):
    from pipeline.models import Stage

    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=600)
    Stage.objects.create(pipeline=pipeline, name="Listed", order=0, part="acquisition")
    refresh(pipeline)
    fields = {"name": "Growth", "year": 2002, "pipeline": pipeline, "target": 60_000_000}
    plan = create_plan(by=company.manager, currency="CNY", confidence=50, **fields)
    assert plan.solution["expected"] == pytest.approx(60_000_000)
    names = {row["name"] for row in plan_document(plan)["requirements"]}
    assert names == {"Qualified", "Proposal", "Negotiation"}
