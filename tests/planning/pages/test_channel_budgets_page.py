"""The page on which the budgets of a plan's channels are typed by month."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Source
from planning.channel_budgets import stored_budgets
from planning.models import Channel, ChannelBudget, Plan
from planning.services.channel_budgets import set_channel_budgets
from planning.services.means import create_channel
from planning.services.plans import approve_plan, solve_plan, update_plan

HTMX = {"HX-Request": "true"}


def address(plan, act=""):
    return f"/plans/{plan.pk}/channel-budgets/{act}"


def typed(plan, channel, amounts, **more):
    cells = {f"amount-{channel.pk}-{plan.year}-{m:02d}": text for m, text in amounts.items()}
    return {"version": plan.version} | cells | more


def inputs(page, channel):
    return re.findall(rf'name="amount-{channel.pk}-[^"]*" value="([^"]*)"', page)


@pytest.mark.parametrize("act", ["", "preview/", "undo/"])
def test_managers_type_budgets_and_for_others_the_page_does_not_exist(as_user, company, plan, act):
    for who in ("owner", "stranger"):
        assert as_user(getattr(company, who)).post(address(plan, act)).status_code == 404
    Plan.objects.filter(pk=plan.pk).update(team=company.other_team)
    assert as_user(company.manager).post(address(plan, act)).status_code == 404


def test_budgets_are_saved_as_people_write_them_and_can_be_undone(as_user, company, plan, channel):
    client = as_user(company.manager)
    body = typed(plan, channel, {1: "4 k", 2: "0", 3: ""})
    answer = client.post(address(plan), body, headers=HTMX)
    assert answer["HX-Redirect"] == address(plan)
    assert stored_budgets(plan) == {
        (channel.pk, date(2002, 1, 1)): 4000,
        (channel.pk, date(2002, 2, 1)): 0,
    }
    page = client.get(address(plan)).content.decode()
    assert inputs(page, channel)[:3] == ["4,000", "0", ""]
    client.post(address(plan, "undo/"))
    assert stored_budgets(plan) == {}
    again = client.post(address(plan, "undo/"), follow=True).content.decode()
    assert "nothing left to undo" in again


def test_an_undo_does_not_take_back_what_somebody_else_did(as_user, company, plan, channel):
    client = as_user(company.manager)
    client.post(address(plan), typed(plan, channel, {1: "4000"}))
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, name="Theirs")
    page = client.post(address(plan, "undo/"), follow=True).content.decode()
    assert "Somebody else changed this meanwhile" in page
    assert len(stored_budgets(plan)) == 1


def test_one_amount_fills_a_row_and_nothing_is_saved_by_that(as_user, company, plan, channel):
    client = as_user(company.manager)
    fill = {"fill": channel.pk, f"fill-{channel.pk}": "4万"}
    page = client.post(address(plan), typed(plan, channel, {1: "1"}) | fill, headers=HTMX)
    assert inputs(page.content.decode(), channel) == ["40,000"] * 12
    assert re.search(r"480\Wk</output>", page.content.decode())
    cleared = client.post(address(plan), typed(plan, channel, {1: "1"}, fill=channel.pk))
    assert inputs(cleared.content.decode(), channel) == [""] * 12
    wrong = fill | {f"fill-{channel.pk}": "much"}
    page = client.post(address(plan), typed(plan, channel, {1: "1"}) | wrong, headers=HTMX)
    assert "Write an amount" in page.content.decode()
    assert stored_budgets(plan) == {}


def test_what_was_typed_for_a_row_and_not_filled_in_is_not_lost(as_user, company, plan, channel):
    body = typed(plan, channel, {1: "1"}, **{f"fill-{channel.pk}": "500"})
    answer = as_user(company.manager).post(address(plan), body, headers=HTMX)
    assert answer.status_code == 422
    assert "Fill the row with this, or clear it." in answer.content.decode()
    assert stored_budgets(plan) == {}


def test_bad_input_has_its_error_beside_its_field(as_user, company, plan, channel):
    client = as_user(company.manager)
    for text in ("-5", "much", "9" * 17):
        answer = client.post(address(plan), typed(plan, channel, {2: text}), headers=HTMX)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert f'id="error-amount-{channel.pk}-2002-02"' in page
        assert page.count('aria-invalid="true"') == 1
    assert stored_budgets(plan) == {}


def test_a_preview_answers_and_saves_nothing(as_user, company, plan, channel):
    client = as_user(company.manager)
    solve_plan(plan)
    body = typed(plan, channel, dict.fromkeys(range(1, 13), "0"))
    page = client.post(address(plan, "preview/"), body, headers=HTMX).content.decode()
    assert f'id="budget-total-{channel.pk}" hx-swap-oob="true"' in page
    assert "out of reach" in page or "unreachable" in page
    assert stored_budgets(plan) == {}


def test_somebody_who_was_slower_sees_what_was_saved_meanwhile(as_user, company, plan, channel):
    late = typed(plan, channel, {1: "4000", 2: "1"})
    month = date(2002, 1, 1)
    set_channel_budgets(plan, by=company.admin, budgets={(channel.pk, month): Decimal(7)})
    answer = as_user(company.manager).post(address(plan), late, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "saved: 7" in page
    assert "saved: no limit" in page
    assert inputs(page, channel)[0] == "4000"


def test_the_budgets_of_an_approved_plan_stand(as_user, company, plan, channel):
    approve_plan(plan, by=company.manager)
    client = as_user(company.manager)
    page = client.get(address(plan)).content.decode()
    assert "<fieldset disabled>" in page
    answer = client.post(address(plan), typed(plan, channel, {1: "1"}), headers=HTMX)
    assert answer.status_code == 422
    assert "This plan is approved" in answer.content.decode()
    assert stored_budgets(plan) == {}


def test_the_plan_page_leads_to_them_and_names_their_sum(as_user, company, plan, channel):
    client = as_user(company.manager)
    budgets = {(channel.pk, date(2002, m, 1)): Decimal(10_000) for m in (1, 2)}
    set_channel_budgets(plan, by=company.manager, budgets=budgets)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert re.search(r'channel-budgets/">By channel and month \([^)]*20\Wk', page)


def test_the_page_takes_a_fixed_number_of_queries(as_user, company, plan, channel):
    client = as_user(company.manager)
    client.get(address(plan))
    with CaptureQueriesContext(connection) as few:
        client.get(address(plan))
    budgets = {}
    for n in range(3):
        source = Source.objects.create(name=f"More {n}")
        more = create_channel(by=company.manager, source=source, tiers=[(5, Decimal(1))])
        budgets |= {(more.pk, date(2002, m, 1)): Decimal(9) for m in range(1, 13)}
    set_channel_budgets(plan, by=company.manager, budgets=budgets)
    with CaptureQueriesContext(connection) as many:
        client.get(address(plan))
    assert len(many) <= len(few)


def test_a_channel_with_a_budget_is_not_deleted_and_the_page_says_so(
    as_user, company, plan, channel
):
    ChannelBudget.objects.create(plan=plan, channel=channel, month=date(2002, 3, 1), amount=500)
    answer = as_user(company.manager).post(f"/plans/channels/{channel.pk}/delete/", follow=True)
    assert "Fair is in use and stays." in answer.content.decode()
    assert Channel.objects.filter(pk=channel.pk).exists()
    assert plan.channel_budgets.count() == 1
