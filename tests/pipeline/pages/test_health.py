"""The head of a deal's and a customer's page: stage, value, owner, and how things stand."""

from datetime import timedelta

import pytest

from core import clock
from crm.services.activities import complete_activity, log_activity
from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity, move_opportunity


@pytest.fixture
def deal(pipeline, company, stages, company_day):
    """Open since 1 March 2002 in a stage that allows ten days; seen on the fourth."""
    stages["Qualified"].rotting_days = 10
    stages["Qualified"].save()
    clock.pin(company_day("2002-03-01", 9))
    customer = create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)
    deal = create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        owner=company.owner,
        name="Line",
        customer=customer,
        amount=90_000,
    )
    clock.pin(company_day("2002-03-04", 9))
    return deal


def plan(company, deal, days):
    due = clock.now() + timedelta(days=days)
    return log_activity(
        deal.customer,
        by=company.owner,
        kind="call",
        subject="Ring",
        due_at=due,
        opportunity=deal,
        owner=company.owner,
    )


@pytest.fixture
def heads(company, deal, as_user):
    """The health that the deal's and its customer's page tell."""

    def seen():
        client = as_user(company.owner)
        of_deal = client.get(f"/deals/{deal.pk}/").context["health"]
        page = client.get(f"/customers/{deal.customer_id}/").content.decode()
        return of_deal, page

    return seen


def test_with_a_step_planned_all_is_on_track(company, deal, heads):
    plan(company, deal, 2)
    health, page = heads()
    assert (health.level, health.reasons) == ("good", [])
    assert "On track" in page


def test_without_a_step_it_needs_attention(company, deal, heads):
    plan(company, deal, 2)
    complete_activity(deal.customer.activities.get(), by=company.owner)
    health, page = heads()
    assert (health.level, health.reasons) == ("warm", ["nothing is planned"])
    assert "Needs attention" in page
    assert "nothing is planned about 1 deal" in page


def test_a_step_overdue_and_a_close_past_together_are_a_risk(company, deal, heads):
    plan(company, deal, -2)
    deal.expected_close = clock.now().date() - timedelta(days=1)
    deal.save()
    health, page = heads()
    assert health.level == "hot"
    assert health.reasons == [
        "the next step is 2 days overdue",
        "it should have closed by 3 Mar 2002",
    ]
    assert "the next step is 2 days overdue" in page


def test_past_the_limit_of_its_stage_it_is_at_risk(company, deal, heads, company_day):
    clock.pin(company_day("2002-03-20", 9))
    plan(company, deal, 2)
    health, page = heads()
    assert health.level == "hot"
    assert health.reasons == ["19 days here; it should be 10 at most"]
    assert "1 deal stands too long in its stage" in page


def test_won_it_is_worth_what_it_brought_and_nothing_is_at_risk(company, deal, stages, heads):
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    health, page = heads()
    assert health is None
    assert "<strong>¥90 k</strong> won so far" in page.replace("\u202f", " ")
    assert "Health:" not in page


def test_a_deal_is_not_told_to_who_may_not_see_it(company, deal, pipeline, as_user):
    """The customer of a rep with a deal of somebody else."""
    deal.owner = company.stranger
    deal.save()
    page = as_user(company.owner).get(f"/customers/{deal.customer_id}/").content.decode()
    assert "in open deals" not in page


def test_the_head_of_a_deal_tells_stage_value_and_owner(company, deal, as_user):
    page = as_user(company.owner).get(f"/deals/{deal.pk}/").content.decode()
    head = page.partition('<p class="standing">')[2].partition("</header>")[0]
    for words in ("Qualified", "90,000", "Li"):
        assert words in head
