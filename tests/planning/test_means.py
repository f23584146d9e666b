"""What a plan may use: hours of people by month, channels, holidays."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.models import AuditEntry, ExchangeRate
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from crm.models import Source
from pipeline.services.pipelines import merge_stages
from planning.engine.window import PlanWindow
from planning.means import known_means, work_days
from planning.models import Channel, ChannelBudget, Holiday, JobRole, Plan, Staff
from planning.services.efforts import efforts_of
from planning.services.means import (
    add_holidays,
    create_channel,
    create_role,
    delete_means,
    update_channel,
    update_role,
)
from planning.utilisation import past_hours

AS_OF = date(2002, 1, 1)
WINDOW = PlanWindow.of_year(AS_OF, AS_OF)


@pytest.fixture
def rows(pipeline, stages):
    return [("opportunity", stages["Qualified"].pk), ("opportunity", stages["Proposal"].pk)]


@pytest.fixture
def role(company, rows):
    return create_role(
        by=company.manager,
        name="Engineer",
        hours_per_day=6,
        monthly_cost=Decimal(8000),
        recruiting_cost=Decimal(5000),
        ramp=[0.5, 0.5],
        notice_months=2,
        efforts={rows[0]: (2.0, 0.5), rows[1]: (10.0, 0.0)},
    )


@pytest.fixture
def draft(pipeline):
    return Plan(name="P", year=2002, pipeline=pipeline, target=1, currency="CNY")


def hire(role, begins, **fields):
    return Staff.objects.create(role=role, begins=begins, **fields)


def means_of(draft, rows):
    return known_means(draft, rows=rows, window=WINDOW, as_of=AS_OF)


def test_hours_are_those_of_working_days_of_the_people_who_are_there(draft, role, rows):
    hire(role, date(2000, 1, 1), headcount=2)
    hire(role, date(2000, 1, 1), ends=date(2002, 2, 28), share=0.5)
    Holiday.objects.create(day=date(2002, 1, 1), name="New Year")
    found = means_of(draft, rows)
    # January has 23 weekdays and one holiday, March nobody of half a time.
    january, march = found.means.workforce.available[0, [0, 2]]
    assert january == pytest.approx(2.5 * 6 * 22)
    assert march == pytest.approx(2 * 6 * 21)
    assert found.means.workforce.payroll[0, 0] == pytest.approx(2.5 * 8000)
    assert np.allclose(found.means.effort.per_entry, [[2.0, 10.0]])
    assert np.allclose(found.means.effort.per_month, [[0.5, 0.0]])


def test_somebody_new_gives_half_the_hours_while_learning_and_begins_after_the_notice(
    draft, role, rows
):
    hire(role, date(2002, 3, 1))
    found = means_of(draft, rows).means.workforce
    assert found.available[0, 0] == 0
    assert found.available[0, 2] == pytest.approx(6 * 21 / 2)
    assert found.available[0, 6] == pytest.approx(6 * 23)
    assert found.most_hires[0, 1] == 0
    assert found.most_hires[0, 3] == np.inf


def test_a_plan_that_may_not_hire_has_no_hires(draft, role, rows):
    draft.may_hire = False
    assert not means_of(draft, rows).means.workforce.most_hires.any()


def test_a_plan_s_own_hires_count_for_it_alone(draft, role, rows):
    draft.save()
    other = Plan.objects.create(
        name="Q", year=2002, pipeline=draft.pipeline, target=1, currency="CNY"
    )
    hire(role, date(2001, 1, 1), plan=draft)
    assert means_of(draft, rows).means.workforce.available.any()
    assert not means_of(other, rows).means.workforce.available.any()


def test_a_team_s_plan_has_the_hours_of_that_team(company, draft, role, rows):
    hire(role, date(2000, 1, 1), team=company.owner.team)
    hire(role, date(2000, 1, 1), headcount=3)
    draft.team = company.owner.team
    assert means_of(draft, rows).means.workforce.available[0, 1] == pytest.approx(6 * 20)


def test_a_weekend_day_that_is_worked_instead_counts(db):
    Holiday.objects.create(day=date(2002, 2, 2), name="Instead", is_workday=True)
    Holiday.objects.create(day=date(2002, 2, 13), name="New Year")
    Holiday.objects.create(day=date(2002, 2, 16), name="A Saturday off anyway")
    days = work_days(AS_OF, WINDOW)
    assert days[1] == 20 + 1 - 1
    assert days[0] == 23


def test_channels_sell_the_cheapest_leads_first_after_their_lead_time(company, draft, role, rows):
    source = Source.objects.create(name="Fair")
    channel = create_channel(
        by=company.manager,
        source=source,
        lead_months=2,
        tiers=[(50, Decimal(900)), (100, Decimal(300))],
    )
    draft.budget = Decimal(100_000)
    draft.save()
    ChannelBudget.objects.create(
        plan=draft, channel=channel, month=date(2002, 5, 1), amount=Decimal(7000)
    )
    found = means_of(draft, rows).means
    assert found.tiers.cost.tolist() == [300, 900]
    assert found.tiers.most[0].tolist() == [0, 0] + [100] * 10
    assert found.limits.budget == 100_000
    assert found.limits.channel_budget["Fair"][4] == 7000
    assert np.isinf(found.limits.channel_budget["Fair"][3])


def test_money_is_in_the_plan_s_currency(company, draft, role, rows):
    draft.currency = "USD"
    with pytest.raises(MissingExchangeRate):
        means_of(draft, rows)
    ExchangeRate.objects.create(base="USD", quote="CNY", date=date(2001, 1, 1), rate=8)
    assert means_of(draft, rows).means.workforce.hire_cost[0, 11] == pytest.approx(
        (5000 + 8000) / 8
    )


def test_the_number_of_queries_does_not_grow(company, draft, role, rows, django_assert_num_queries):
    for i in range(3):
        create_role(by=company.manager, name=f"R{i}", efforts={rows[0]: (1.0, 0.0)})
        source = Source.objects.create(name=f"S{i}")
        create_channel(by=company.manager, source=source, tiers=[(1, Decimal(1))])
        hire(role, date(2001, 1, i + 1))
    draft.save()
    with django_assert_num_queries(8):
        means_of(draft, rows)


def test_only_means_that_cost_something_need_a_rate(pipeline, rows):
    plan = Plan(name="Dollars", year=2002, pipeline=pipeline, currency="USD")
    assert means_of(plan, rows).is_empty
    JobRole.objects.create(name="Engineer")
    with pytest.raises(MissingExchangeRate):
        means_of(plan, rows)


def test_hours_of_a_merged_stage_count_for_what_it_was_merged_into(
    company, draft, role, rows, stages
):
    merge_stages(stages["Qualified"], into=stages["Proposal"], by=company.admin)
    assert means_of(draft, rows).means.effort.per_entry.tolist() == [[0.0, 12.0]]


def test_the_hours_of_a_role_change_as_a_whole_and_leave_a_trace(company, role, rows):
    update_role(role, by=company.manager, efforts={rows[0]: (3.0, 0.0)})
    assert efforts_of(JobRole.objects.get()) == {rows[0]: (3.0, 0.0)}
    trace = AuditEntry.objects.filter(object_type="planning.jobrole", action="update").get()
    assert "efforts" in trace.changes
    before = AuditEntry.objects.count()
    update_role(role, by=company.manager, efforts={rows[0]: (3.0, 0.0)})
    assert AuditEntry.objects.count() == before


def test_hours_changed_by_somebody_else_meanwhile_are_not_overwritten(company, role, rows):
    other = JobRole.objects.get(pk=role.pk)
    update_role(role, by=company.manager, efforts={rows[0]: (3.0, 0.0)})
    with pytest.raises(StaleVersion):
        update_role(other, by=company.admin, efforts={rows[0]: (4.0, 0.0)})
    assert efforts_of(JobRole.objects.get()) == {rows[0]: (3.0, 0.0)}


def test_tiers_change_as_a_whole_and_stale_ones_are_refused(company):
    source = Source.objects.create(name="Web")
    channel = create_channel(by=company.manager, source=source, tiers=[(10, Decimal(5))])
    other = Channel.objects.get(pk=channel.pk)
    update_channel(channel, by=company.manager, tiers=[(20, Decimal(6))])
    with pytest.raises(StaleVersion):
        update_channel(other, by=company.manager, tiers=[(30, Decimal(7))])
    assert [t.leads_per_month for t in channel.tiers.all()] == [20]
    with pytest.raises(ValidationError):
        update_channel(channel, by=company.manager, tiers=[(-1, Decimal(7))])


def test_a_role_with_people_is_kept(company, role):
    hire(role, date(2002, 1, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_means(role, by=company.manager)
    assert JobRole.objects.filter(pk=role.pk).exists()


def test_holidays_of_a_calendar_come_beside_those_that_are_there(company):
    Holiday.objects.create(day=date(2002, 10, 1), name="Ours")
    days = [(date(2002, 10, 1), "National Day", False), (date(2002, 10, 2), "National Day", False)]
    assert add_holidays(days, by=company.manager) == 1
    assert add_holidays(days, by=company.manager) == 0
    assert Holiday.objects.get(day=date(2002, 10, 1)).name == "Ours"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ramp": [1.5]},
        {"ramp": "half"},
        {"attrition": 1.0},
        {"hours_per_day": 25},
        {"monthly_cost": Decimal(-1)},
    ],
)
def test_impossible_roles_are_refused(company, wrong):
    with pytest.raises(ValidationError):
        create_role(by=company.manager, name="X", **wrong)


def test_the_last_year_shows_how_full_it_was(company, estimate, role):
    hire(role, date(2000, 1, 1), headcount=4)
    past = past_hours(estimate)
    (row,) = past.rows()
    entries = estimate.payload["stages"]
    entered = {stage["name"]: stage["entered"] for stage in entries}
    assert past.needed.sum() <= 2 * entered["Qualified"] + 10 * entered["Proposal"] + 1e-6
    assert row["year"]["share"] == pytest.approx(past.needed.sum() / past.available.sum())
    assert len(row["cells"]) == 12
