"""Where a plan reads its repeat business: the choice on its page, and what it does to numbers."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Customer, Purchase
from pipeline.models import Opportunity
from planning.comparison import compare
from planning.explain_words import sentences
from planning.explained import Asked
from planning.explaining import explain
from planning.models import Plan
from planning.repeat import repeat_deals_kept, repeat_of_purchases
from planning.services.plans import preview_plan, update_plan
from planning.services.repeat import set_repeat_business
from planning.services.scenarios import copy_plan
from planning.solving import plan_months
from planning.views.compared import input_rows

HTMX = {"HX-Request": "true"}


@pytest.fixture
def purchases(company, company_day):
    """A first purchase, then those of a customer who buys again in each month of 2001."""
    customer = Customer.objects.create(name="Hengda", created_at=company_day("2000-01-01"))
    days = ["2000-06-01", *(f"2001-{month:02d}-10" for month in range(1, 13))]
    Purchase.objects.bulk_create(
        Purchase(customer=customer, at=company_day(day), amount=100_000 * n, currency="CNY")
        for n, day in enumerate(days)
    )
    return customer


def address(plan, act=""):
    return f"/plans/{plan.pk}/repeat/{act}"


def typed(plan, repeat_from="typed", amounts=(), **more):
    months = {f"month-{place}": text for place, text in enumerate(amounts)}
    return {"version": plan.version, "repeat_from": repeat_from} | months | more


def stored(plan):
    plan.refresh_from_db()
    return plan.repeat_from, plan.repeat_by_month, plan.repeat_reason


def test_typed_months_are_saved_with_their_reason_and_undone(as_user, company, plan):
    client = as_user(company.manager)
    body = typed(plan, amounts=["10 k", "2万", ""], reason="A contract")
    answer = client.post(address(plan), body, headers=HTMX)
    assert answer["HX-Redirect"] == f"/plans/{plan.pk}/"
    assert stored(plan) == ("typed", [10_000, 20_000] + [0] * 10, "A contract")
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert page.count("A contract") >= 2
    assert "¥30,000 typed for 2002" in page
    client.post(address(plan, "undo/"))
    assert stored(plan) == ("deals", None, "")
    again = client.post(address(plan, "undo/"), follow=True).content.decode()
    assert "nothing left to undo" in again


def test_a_typed_value_needs_a_reason(as_user, company, plan):
    answer = as_user(company.manager).post(address(plan), typed(plan, amounts=["1"]), headers=HTMX)
    assert answer.status_code == 422
    assert list(answer.context["repeat_form"].errors) == ["reason"]
    assert "Say why" in answer.content.decode()
    assert stored(plan)[0] == "deals"


@pytest.mark.parametrize("text", ["-5", "much", "9" * 17])
def test_a_wrong_amount_has_its_error_beside_it(as_user, company, plan, text):
    body = typed(plan, amounts=["1", text], reason="So")
    answer = as_user(company.manager).post(address(plan), body, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="error-month-1"' in answer.content.decode()
    assert stored(plan)[0] == "deals"


def test_what_is_typed_does_not_matter_where_it_is_not_asked_for(as_user, company, plan, purchases):
    body = typed(plan, "purchases", amounts=["much"])
    as_user(company.manager).post(address(plan), body, headers=HTMX)
    assert stored(plan) == ("purchases", None, "")


def test_one_amount_fills_the_row_and_nothing_is_saved_by_that(as_user, company, plan):
    client = as_user(company.manager)
    page = client.post(address(plan), typed(plan, fill="1", every="5 k"), headers=HTMX)
    inputs = re.findall(r'name="month-\d+" value="([^"]*)"', page.content.decode())
    assert inputs == ["5 k"] * 12
    assert "¥60,000 typed" in page.content.decode()
    wrong = client.post(address(plan), typed(plan, fill="1", every="much"), headers=HTMX)
    assert "Write an amount" in wrong.content.decode()
    assert stored(plan)[0] == "deals"


def test_purchases_are_shown_as_history_tells_them(as_user, company, plan, purchases):
    page = as_user(company.manager).get(f"/plans/{plan.pk}/").content.decode()
    assert "n 12 repeat purchases" in page
    assert page.count("<rect x=") >= 12
    assert re.search(r"¥7.8\WM in the year", page)


def test_without_purchases_they_cannot_be_chosen(as_user, company, plan):
    client = as_user(company.manager)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert 'value="purchases" disabled' in page
    answer = client.post(address(plan), typed(plan, "purchases"), headers=HTMX)
    assert answer.status_code == 422
    assert 'id="error-repeat_from"' in answer.content.decode()


def test_each_month_brings_what_it_brought_last_and_no_deal_counts_beside_it(
    company, plan, purchases
):
    set_repeat_business(plan, by=company.manager, source="purchases")
    solved = preview_plan(plan)
    assert solved.goal.base.tolist() == [100_000.0 * month for month in range(1, 13)]
    asked = Asked("revenue", month=3)
    found = explain(solved, asked)
    parts = {part.origin: part.value for part in found.parts}
    assert parts["base"] == pytest.approx(400_000)
    assert "again" not in parts
    said = " ".join(sentences(solved, found))
    assert "as purchases tell it" in said
    assert "do not count twice" in said


def test_the_reason_of_what_is_typed_is_told_with_the_numbers(company, plan):
    set_repeat_business(
        plan,
        by=company.manager,
        source="typed",
        by_month=[Decimal(100_000)] * 12,
        reason="A contract",
    )
    solved = preview_plan(plan)
    found = explain(solved, Asked("revenue", month=3))
    assert "A contract" in " ".join(sentences(solved, found))


def test_months_of_the_year_that_have_passed_bring_what_they_brought(
    company, plan, purchases, company_day
):
    Purchase.objects.create(
        customer=purchases, at=company_day("2002-01-20"), amount=700, currency="CNY"
    )
    set_repeat_business(plan, by=company.manager, source="purchases")
    plan.estimate.as_of = company_day("2002-02-10")
    assert preview_plan(plan, estimate=plan.estimate).goal.base[:3].tolist() == [
        700,
        200_000,
        300_000,
    ]


def test_customers_who_also_won_deals_are_counted_and_said(as_user, company, plan, purchases):
    deal = Opportunity.objects.won().first()
    Opportunity.objects.filter(pk=deal.pk).update(customer=purchases)
    page = as_user(company.manager).get(f"/plans/{plan.pk}/").content.decode()
    assert "1 of the 1 customers who purchased also won a deal" in page


def test_a_preview_answers_and_saves_nothing(as_user, company, plan):
    body = typed(plan, amounts=["1 M"] * 12)
    page = as_user(company.manager).post(address(plan, "preview/"), body, headers=HTMX)
    assert "¥12,000,000 typed" in page.content.decode()
    assert "As typed" in page.content.decode()
    assert stored(plan)[0] == "deals"


def test_two_people_at_one_choice_and_at_one_undo(as_user, company, plan, purchases):
    client = as_user(company.manager)
    late = typed(plan, amounts=["1"], reason="So")
    client.post(address(plan), typed(plan, "purchases"))
    answer = client.post(address(plan), late, headers=HTMX)
    assert "Somebody else changed this meanwhile" in answer.content.decode()
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, name="Theirs")
    page = client.post(address(plan, "undo/"), follow=True).content.decode()
    assert "Somebody else changed this meanwhile" in page
    assert stored(plan)[0] == "purchases"


def test_others_do_not_choose(as_user, company, plan):
    for act in ("", "preview/", "undo/"):
        assert as_user(company.owner).post(address(plan, act)).status_code == 404


def test_amounts_typed_over_the_api_of_the_plan_take_the_place_of_purchases(
    company, plan, purchases
):
    set_repeat_business(plan, by=company.manager, source="purchases")
    typed = {"repeat_by_month": [1.0] * 12, "repeat_reason": "A contract"}
    update_plan(plan, by=company.manager, **typed)
    assert stored(plan) == ("typed", [1.0] * 12, "A contract")
    update_plan(plan, by=company.manager, repeat_by_month=None)
    assert stored(plan)[0] == "deals"


def test_a_scenario_keeps_the_choice_and_a_comparison_tells_it(company, plan, purchases):
    set_repeat_business(plan, by=company.manager, source="purchases")
    scenario = copy_plan(plan, by=company.manager, name="Other")
    assert stored(scenario)[0] == "purchases"
    set_repeat_business(scenario, by=company.manager, source="deals")
    texts = {
        row.name: [cell.text for cell in row.cells] for row in input_rows(compare([plan, scenario]))
    }
    assert texts["Repeat business from"] == ["purchases", "the deals of existing customers"]


def test_the_plan_page_takes_as_many_queries_for_many_purchases(
    as_user, company, plan, purchases, company_day
):
    client = as_user(company.manager)
    client.get(f"/plans/{plan.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/plans/{plan.pk}/")
    at = company_day("2001-05-05")
    Purchase.objects.bulk_create(
        Purchase(customer=purchases, at=at + timedelta(days=n), amount=5, currency="CNY")
        for n in range(20)
    )
    with CaptureQueriesContext(connection) as many:
        client.get(f"/plans/{plan.pk}/")
    assert len(many) <= len(few)


@pytest.fixture
def both(plan, purchases, company_day):
    """A customer who purchased for millions in 2001 and won a deal of 500,000, and one of whom the
    deal was the larger."""
    small = Customer.objects.create(name="Xin", created_at=company_day("2000-01-01"))
    for day in ("2000-03-01", "2001-03-20"):
        Purchase.objects.create(customer=small, at=company_day(day), amount=40_000, currency="CNY")
    won = list(plan.pipeline.opportunities.won().order_by("created_at")[:2])
    for deal, customer in zip(won, (purchases, small), strict=True):
        Opportunity.objects.filter(pk=deal.pk).update(
            customer=customer, amount=500_000, closed_at=company_day("2001-08-01")
        )
    return plan


def brought(plan, overlap):
    as_of = plan.estimate.as_of
    months = plan_months(plan.year)
    return repeat_of_purchases(months, as_of=as_of, currency="CNY", overlap=overlap).total


def test_who_purchases_and_wins_deals_is_read_once_as_chosen(both):
    of_both = sum(range(1, 13)) * 100_000 + 40_000
    assert brought(both, "purchases") == of_both
    assert brought(both, "deals") == 0
    # The purchases of the one are more than its deal; of the other the deal is more.
    assert brought(both, "larger") == of_both - 40_000


def test_the_deals_that_are_read_count_again(both, company, company_day):
    set_repeat_business(both, by=company.manager, source="purchases")
    assert repeat_deals_kept(both, as_of=both.estimate.as_of) == 0
    other = Customer.objects.create(name="Old", created_at=company_day("2000-01-01"))
    won = both.pipeline.opportunities.won().filter(customer=None)[:3]
    # Each had won a deal before and began another: one of them is read from deals.
    small = Customer.objects.get(name="Xin")
    for deal, customer in zip(won, (small, other, other), strict=True):
        day = company_day("2001-09-01" if deal != won[2] else "2001-02-01")
        Opportunity.objects.filter(pk=deal.pk).update(
            customer=customer, created_at=day, closed_at=day + timedelta(days=20)
        )
    set_repeat_business(both, by=company.manager, source="purchases", overlap="larger")
    assert repeat_deals_kept(both, as_of=both.estimate.as_of) == pytest.approx(0.5)


def test_the_page_says_how_many_have_both_and_offers_the_choice(as_user, company, both):
    client = as_user(company.manager)
    page = client.get(f"/plans/{both.pk}/").content.decode()
    assert "2 of the 2 customers who purchased also won a deal" in page
    assert 'name="overlap"' in page
    body = typed(both, "purchases", overlap="larger")
    tried = client.post(address(both, "preview/"), body, headers=HTMX)
    assert tried.status_code == 200
    client.post(address(both), body, headers=HTMX)
    both.refresh_from_db()
    assert (both.repeat_from, both.repeat_overlap) == ("purchases", "larger")
    client.post(address(both, "undo/"))
    both.refresh_from_db()
    assert (both.repeat_from, both.repeat_overlap) == ("deals", "purchases")


def test_a_choice_that_leaves_no_purchase_is_refused_beside_it(as_user, company, both):
    body = typed(both, "purchases", overlap="deals")
    answer = as_user(company.manager).post(address(both), body, headers=HTMX)
    assert answer.status_code == 422
    assert "whose deals would be read instead" in answer.content.decode()


def test_the_choice_takes_as_many_queries_for_many_customers(company, both, company_day):
    def counted():
        with CaptureQueriesContext(connection) as found:
            brought(both, "larger")
        return len(found)

    few = counted()
    day = company_day("2001-05-05")
    rows = [Customer(name=f"C{n}", created_at=day) for n in range(20)]
    for customer in Customer.objects.bulk_create(rows):
        Purchase.objects.create(customer=customer, at=day, amount=5, currency="CNY")
    deals = both.pipeline.opportunities.won().filter(customer=None)[:20]
    for deal, customer in zip(deals, Customer.objects.filter(name__startswith="C"), strict=True):
        Opportunity.objects.filter(pk=deal.pk).update(customer=customer)
    assert counted() == few
