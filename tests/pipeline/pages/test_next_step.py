"""What comes next about a deal: on its card, on its page, on Today."""

import re
from datetime import timedelta

import pytest

from crm.services.activities import log_activity
from crm.services.customers import create_customer
from pipeline.models import Opportunity
from pipeline.next_steps import next_steps, without_next_step
from pipeline.services.opportunities import create_opportunity, move_opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(company, customer, today):
    def plan(subject, *, days, deal=None, customer=customer, kind="call"):
        return log_activity(
            customer,
            by=company.owner,
            kind=kind,
            subject=subject,
            due_at=today + timedelta(days=days),
            opportunity=deal,
        )

    return plan


def step_on_card(page):
    found = re.search(r'<span class="deal-step.*?visually-hidden">(.*?)</span>', page, re.DOTALL)
    return found and found[1]


def test_a_card_shows_what_is_overdue_by_icon_and_words(as_user, company, deal, plan):
    plan("Ask for drawings", days=-3, deal=deal)
    page = as_user(company.owner).get("/deals/").content.decode()
    assert "3 d overdue" in page
    assert "ti-clock-exclamation" in page
    assert step_on_card(page) == "Next step: Call: Ask for drawings, 3 days overdue"


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today"), (1, "tomorrow"), (4, "Tue"), (20, "4 Apr")]
)
def test_a_card_names_the_day_shortly(as_user, company, deal, plan, days, words):
    plan("Ring", days=days, deal=deal)
    page = as_user(company.owner).get("/deals/").content.decode()
    assert f'<span aria-hidden="true">{words}</span>' in page


def test_a_card_without_a_step_says_so(as_user, company, deal):
    assert "no step" in as_user(company.owner).get("/deals/").content.decode()


def test_what_is_about_the_deal_comes_before_what_is_with_the_customer(
    company, customer, pipeline, deal, plan, today
):
    other = create_opportunity(
        pipeline=pipeline, by=company.owner, name="Spare parts", customer=customer
    )
    plan("General", days=1)
    plan("Own", days=5, deal=deal)
    found = next_steps([deal, other], user=company.owner, at=today)
    assert found[deal.pk].activity.subject == "Own"
    assert found[other.pk].activity.subject == "General"
    assert next_steps([deal], user=company.stranger, at=today) == {}


def test_deals_without_a_step_are_those_about_which_nothing_is_planned(
    company, customer, pipeline, deal, plan
):
    lonely = create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        name="Lonely",
        customer=create_customer(by=company.owner, name="Lotus", owner=company.owner),
    )
    plan("Own", days=5, deal=deal)
    assert list(without_next_step(Opportunity.objects.open())) == [lonely]


def test_a_closed_deal_has_no_next_step(as_user, company, deal, plan, stages, today):
    plan("Ring", days=1, deal=deal)
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    assert next_steps([deal], user=company.owner, at=today) == {}
    page = as_user(company.owner).get(f"/deals/{deal.pk}/").content.decode()
    assert "next-step-title" not in page
    assert "Ring" in page


def test_a_moved_card_keeps_its_step(as_user, company, deal, plan, stages):
    plan("Ring", days=1, deal=deal)
    data = {"stage": stages["Proposal"].pk, "version": deal.version}
    headers = {"HX-Request": "true"}
    answer = as_user(company.owner).post(f"/deals/{deal.pk}/move/?on=board", data, headers=headers)
    assert "tomorrow" in answer.content.decode()


def test_the_deals_page_begins_with_its_step_and_logs_about_it(as_user, company, deal, plan):
    client = as_user(company.owner)
    assert "Plan one" in client.get(f"/deals/{deal.pk}/").content.decode()
    plan("Ring", days=-1, deal=deal)
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "1 day overdue" in page
    form = client.get(f"/activities/new/?deal={deal.pk}&kind=call").context["form"]
    assert form["opportunity"].value() == deal.pk
    assert form["customer"].value() == deal.customer_id
