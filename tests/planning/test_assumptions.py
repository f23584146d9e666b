"""What a plan takes to be otherwise than history says, with a reason and never silently."""

import pytest
from django.core.exceptions import ValidationError

from core.models import AuditEntry
from core.services.versions import StaleVersion
from planning.assumptions import assumed, most_of, rate_of
from planning.engine import PlanWindow, simulate, solve
from planning.engine.cycle import days_to_win
from planning.engine.law_changes import with_amounts, with_direct, with_promotion
from planning.funnel_law import known_funnel
from planning.levers import levers_of
from planning.models import Assumption, Plan, TargetPart
from planning.selectors import plan_document
from planning.services.assumptions import (
    Assumed,
    change_assumptions,
    drop_assumption,
    replace_assumptions,
    set_assumption,
)
from planning.services.plans import preview_plan, update_plan
from planning.solving import first_day, goal_of

WHY = "New price list from January"


@pytest.fixture
def funnel(estimate):
    return known_funnel(estimate, currency="CNY")


@pytest.fixture
def proposal(stages):
    return "opportunity", stages["Proposal"].pk


def leads_with(plan, funnel, law, stays=None):
    window = PlanWindow.of_year(first_day(plan.year), funnel.as_of)
    return solve(law, stays or funnel.open_stays, window, goal_of(plan, funnel, window)).leads


def test_larger_deals_change_the_plan_as_the_engines_law_does(plan, funnel, company):
    set_assumption(plan, by=company.manager, kind="amount", value=1.25, reason=WHY)
    assert plan.solution["leads"] == leads_with(plan, funnel, with_amounts(funnel.law, 1.25))


def test_a_promotion_is_assumed_as_the_rate_that_the_page_shows(plan, funnel, company, proposal):
    before = plan.solution["leads"]
    rate = rate_of(funnel, proposal)
    stage = funnel.rows.index(proposal)
    better = rate * 1.2
    set_assumption(
        plan, by=company.manager, kind="promotion", value=better, reason=WHY, stage=proposal
    )
    law = with_promotion(funnel.law, stage, factor=better / rate)
    assert plan.solution["leads"] == pytest.approx(leads_with(plan, funnel, law))
    assert plan.solution["leads"] < before / 1.1
    rows = plan.requirements.filter(position=stage)
    assert rows[0].success == pytest.approx(funnel.law.success[stage] * 1.2, rel=0.05)


def test_leads_of_a_slow_funnel_must_come_earlier(plan, company):
    before = plan.solution["last_lead_month"]
    set_assumption(plan, by=company.manager, kind="pace", value=4.0, reason=WHY)
    assert plan.solution["last_lead_month"] < before


def test_deals_that_come_by_themselves_leave_the_leads_of_late_as_they_were(funnel):
    more = assumed(funnel, [Assumption(kind="direct", value=3.0)])
    assert more.recent_per_month == funnel.recent_per_month
    wanted = with_direct(funnel.law, 3.0).direct_per_month
    assert more.law.direct_per_month == pytest.approx(wanted)


def test_nothing_assumed_is_the_funnel_itself(funnel):
    assert assumed(funnel, []) is funnel


def test_all_at_once_still_plans_what_its_simulation_brings(plan, company, proposal):
    update_plan(plan, by=company.manager, confidence=50)
    wanted = [
        Assumed("amount", 1.3, WHY),
        Assumed("pace", 0.8, WHY),
        Assumed("direct", 1.5, WHY),
        Assumed("promotion", 0.7, WHY, proposal),
    ]
    replace_assumptions(plan, by=company.manager, to=wanted)
    found = preview_plan(plan)
    window = PlanWindow.of_year(first_day(plan.year), found.funnel.as_of)
    law, stays = found.funnel.law, found.funnel.open_stays
    course = simulate(law, stays, window, found.solution.new_leads)
    assert course.revenue.sum() == pytest.approx(float(plan.target), rel=1e-6)


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_assumption_needs_a_reason(plan, company, reason):
    before = plan.solution
    with pytest.raises(ValidationError) as refused:
        set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=reason)
    assert "reason" in refused.value.message_dict
    stored = Plan.objects.get(pk=plan.pk)
    assert (stored.solution, stored.assumptions.count()) == (before, 0)


@pytest.mark.parametrize(
    ("kind", "value", "with_stage"),
    [
        ("amount", 0.01, False),
        ("amount", float("nan"), False),
        ("pace", 9.0, False),
        ("promotion", 1.2, True),
        ("promotion", 0.5, False),
        ("amount", 1.2, True),
        ("colour", 1.0, False),
    ],
)
def test_what_cannot_be_is_refused(plan, company, proposal, kind, value, with_stage):
    stage = proposal if with_stage else None
    with pytest.raises(ValidationError):
        set_assumption(plan, by=company.manager, kind=kind, value=value, reason=WHY, stage=stage)
    assert not Assumption.objects.exists()


def test_a_stage_that_nobody_left_forward_has_no_rate_to_change(plan, company, ladder):
    suspect = "customer", ladder.stages.get(name="Suspect").pk
    with pytest.raises(ValidationError):
        set_assumption(
            plan, by=company.manager, kind="promotion", value=0.5, reason=WHY, stage=suspect
        )


def test_a_rate_beyond_what_newer_rates_leave_room_for_is_held_there(funnel, proposal, stages):
    row = Assumption(kind="promotion", value=1.0, pipeline_stage=stages["Proposal"])
    held = assumed(funnel, [row])
    most = most_of(funnel, proposal)
    stage = funnel.rows.index(proposal)
    wanted = with_promotion(funnel.law, stage, factor=most / rate_of(funnel, proposal))
    assert held.law.success == pytest.approx(wanted.success)


def test_taken_back_all_is_as_before(plan, company):
    before = plan.solution
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    drop_assumption(plan, by=company.manager, kind="amount")
    assert plan.solution == before
    assert not plan.assumptions.exists()


def test_an_assumption_that_stays_keeps_who_made_it(plan, company):
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    to = [Assumed("pace", 0.9, "Faster quotes")]
    change_assumptions(plan, by=company.admin, to=to)
    made = {row.kind: row.by for row in plan.assumptions.all()}
    assert made == {"amount": company.manager, "pace": company.admin}


def test_a_stale_plan_is_not_changed(plan, company):
    mine = Plan.objects.get(pk=plan.pk)
    update_plan(plan, by=company.admin, target=5)
    with pytest.raises(StaleVersion):
        set_assumption(mine, by=company.manager, kind="amount", value=1.2, reason=WHY)
    assert not Assumption.objects.exists()


def test_the_audit_trail_says_what_was_assumed_and_why(plan, company):
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    entry = AuditEntry.objects.filter(object_type="planning.plan", object_id=plan.pk).first()
    assert (entry.actor, entry.action) == (company.manager, "update")
    assert entry.changes["assumptions"] == ["", f"amount: 1.2 ({WHY})"]


def test_a_plan_tells_its_assumptions(plan, company):
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    (row,) = plan_document(plan)["assumptions"]
    assert (row["kind"], row["stage"], row["value"], row["reason"]) == ("amount", None, 1.2, WHY)


def test_levers_say_what_history_does_with_its_band_and_cases(plan, funnel, estimate):
    levers = {lever.key: lever for lever in levers_of(funnel, estimate, [], currency="CNY")}
    rates = [lever for lever in levers.values() if lever.is_rate]
    assert len(rates) == 3
    for lever in rates:
        assert lever.low80 < lever.history < lever.high80
        assert lever.n > 0
        assert lever.value == lever.history <= lever.high
    assert levers["amount"].low80 < funnel.law.amount_per_win < levers["amount"].high80


def test_days_to_win_are_the_mean_of_the_simulated_ones(funnel):
    """By following what one entry brings, day by day."""
    from planning.engine.kernels import Renewal, count_lags

    won = Renewal(count_lags(funnel.law, 1500)).kernel()[1]
    mean = (won @ range(1500)) / won.sum()
    assert days_to_win(funnel.law)[0] == pytest.approx(mean, rel=0.01)


def test_parts_of_the_target_are_left_alone(plan, company):
    part = TargetPart.objects.create(plan=plan, dimension="quarter", value="1", amount=10)
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    assert plan.target_parts.get() == part
