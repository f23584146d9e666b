"""Budgets of channels: what may be one, and that plans keep to them."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.models import AuditEntry
from core.services.versions import StaleVersion
from planning.channel_budgets import stored_budgets
from planning.comparison import compare
from planning.models import Plan
from planning.services.channel_budgets import PlanIsApproved, set_channel_budgets
from planning.services.plans import approve_plan, solve_plan, update_plan
from planning.services.scenarios import copy_plan
from planning.views.compared import input_rows


def year_of(channel, amount):
    return {(channel.pk, date(2002, m, 1)): Decimal(amount) for m in range(1, 13)}


def spent(plan):
    return sum(row["amount"] for row in Plan.objects.get(pk=plan.pk).solution["spend"])


def test_a_plan_keeps_to_them_and_is_solved_anew_at_once(company, plan, channel):
    solve_plan(plan)
    assert spent(plan) > 1200
    set_channel_budgets(plan, by=company.manager, budgets=year_of(channel, 100))
    assert spent(plan) == pytest.approx(1200, abs=1)
    set_channel_budgets(plan, by=company.manager, budgets={})
    assert spent(plan) > 1200


@pytest.mark.parametrize("month", [date(2001, 12, 1), date(2003, 1, 1), date(2002, 1, 2)])
def test_a_month_outside_of_the_plan_is_refused(company, plan, channel, month):
    with pytest.raises(ValidationError, match="no month of this plan"):
        set_channel_budgets(plan, by=company.manager, budgets={(channel.pk, month): Decimal(1)})


def test_unknown_and_idle_channels_and_negative_amounts_are_refused(company, plan, channel):
    month = date(2002, 1, 1)
    with pytest.raises(ValidationError, match="no channel"):
        set_channel_budgets(plan, by=company.manager, budgets={(channel.pk + 1, month): Decimal(1)})
    with pytest.raises(ValidationError, match="Fair, "):
        set_channel_budgets(plan, by=company.manager, budgets={(channel.pk, month): Decimal(-1)})
    type(channel).objects.update(is_active=False)
    with pytest.raises(ValidationError, match="no channel"):
        set_channel_budgets(plan, by=company.manager, budgets={(channel.pk, month): Decimal(1)})


def test_they_share_the_version_of_their_plan_and_are_audited(company, plan, channel):
    seen = Plan.objects.get(pk=plan.pk)
    set_channel_budgets(plan, by=company.manager, budgets=year_of(channel, 100))
    assert plan.version == seen.version + 1
    with pytest.raises(StaleVersion):
        set_channel_budgets(seen, by=company.admin, budgets={})
    assert len(stored_budgets(plan)) == 12
    change = AuditEntry.objects.latest("pk").changes["channel_budgets"]
    assert change[0] == ""
    assert change[1].startswith("Fair 2002-01: 100")


def test_those_of_an_approved_plan_stand(company, plan, channel):
    approve_plan(plan, by=company.manager)
    with pytest.raises(PlanIsApproved):
        set_channel_budgets(plan, by=company.manager, budgets=year_of(channel, 100))


def test_another_year_takes_them_along(company, plan, channel):
    set_channel_budgets(plan, by=company.manager, budgets=year_of(channel, 100))
    update_plan(plan, by=company.manager, year=2003)
    assert {month.year for _channel, month in stored_budgets(plan)} == {2003}
    assert len(stored_budgets(plan)) == 12


def test_a_scenario_has_its_own_and_a_comparison_tells_them_apart(company, plan, channel):
    set_channel_budgets(plan, by=company.manager, budgets=year_of(channel, 100))
    scenario = copy_plan(plan, by=company.manager, name="Thrifty")
    assert stored_budgets(scenario) == stored_budgets(plan)
    later = {(channel.pk, date(2002, 3, 1)): Decimal(1200)}
    set_channel_budgets(scenario, by=company.manager, budgets=later)
    (row,) = [row for row in input_rows(compare([plan, scenario])) if "channels" in row.name]
    first, second = (cell.text for cell in row.cells)
    assert "in all months" in first
    assert "Mar" in second
