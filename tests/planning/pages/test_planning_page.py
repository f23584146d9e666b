"""What the planning page says of a plan, and to whom."""

import json
import re
from decimal import Decimal

import pytest

from core.money import MissingExchangeRate
from pipeline.services.estimates import refresh, refresh_flagged
from pipeline.services.opportunities import create_opportunity
from pipeline.services.requests import flag_name, request_estimate
from planning.services.plans import create_plan, update_plan
from tests.histories import write_history
from tests.planning.pages.planning_page import HTMX, address, numbers, preview


def test_managers_plan_and_for_others_the_page_does_not_exist(as_user, company, plan, typed):
    may = {"manager": True, "admin": True, "owner": False, "stranger": False}
    for who, allowed in may.items():
        client = as_user(getattr(company, who))
        for act in ("", "preview/", "solve/"):
            answer = client.post(address(plan, act), typed)
            assert (answer.status_code != 404) is allowed, (who, act)


def test_a_plan_of_another_team_does_not_exist(as_user, company, plan):
    plan.team = company.other_team
    plan.save()
    assert as_user(company.manager).get(address(plan)).status_code == 404
    assert as_user(company.admin).get(address(plan)).status_code == 200


def test_a_plan_that_is_to_be_sure_says_what_it_aims_at(as_user, company, plan):
    client = as_user(company.manager)
    update_plan(plan, by=company.manager, confidence=50)
    assert "the plan aims at" not in client.get(address(plan)).content.decode()
    update_plan(plan, by=company.manager, confidence=80)
    page = client.get(address(plan)).content.decode()
    assert "with a chance of 80 %, the plan aims at" in page


def test_the_page_says_the_verdict_its_figures_and_its_estimate(as_user, company, plan):
    page = as_user(company.manager).get(address(plan)).content.decode()
    assert f"verdict-{plan.solution['code']}" in page
    assert "80\u202f%" in page
    assert "rates of 1 Jan 2002" in page
    assert "Newer rates" not in page


def test_the_months_shown_add_up_to_the_year_shown(as_user, company, plan):
    page = as_user(company.manager).get(address(plan)).content.decode()
    positions = set(plan.requirements.values_list("position", flat=True))
    assert len(positions) >= 3
    for position in positions:
        months = [numbers(page, f"s{position}-{i}")[0] for i in range(12)]
        assert sum(months) == numbers(page, f"total-{position + 1}")[0]
        rows = plan.requirements.filter(position=position)
        assert sum(months) == round(sum(row.entries for row in rows))


def test_the_first_stages_total_is_the_sum_of_the_parts_that_are_named(as_user, company, plan):
    page = as_user(company.manager).get(address(plan)).content.decode()
    bar = page.split('class="needed-rate"')[1].split("</li>")[0]
    parts = re.findall(r"([\d,]+) (?:new leads|that come|from what)", bar)
    total = numbers(page, "bar-1")[0]
    assert sum(int(part.replace(",", "")) for part in parts) == total
    assert int(parts[0].replace(",", "")) == numbers(page, "leads")[0]


def test_leads_after_the_last_that_pays_are_explained(as_user, company, plan, typed):
    client = as_user(company.manager)
    last = plan.solution["last_lead_month"]
    early = [str(50 * (month["month"] <= last)) for month in plan.solution["months"]]
    assert ("0" in early) is ("pay off after this year" in preview(client, plan, typed))
    assert "pay off after this year" not in preview(client, plan, typed | {"shape": early})


def test_a_year_that_is_over_says_what_was_won(as_user, company, plan, typed):
    page = preview(as_user(company.manager), plan, typed | {"year": "2001"})
    assert re.search(r"This year is over: ¥[\d.]+\sM of ¥60\sM were won", page)
    won = numbers(page, "total-[0-9]+")[-1]
    assert won == plan.estimate.law["deals_won"] > 0
    assert "from what is open" not in page
    assert " so far" in page


def test_a_target_that_is_covered_needs_no_new_leads(as_user, company, plan, typed):
    page = preview(as_user(company.manager), plan, typed | {"target": "1"})
    assert "verdict-covered" in page
    assert numbers(page, "leads") == [0]


def test_newer_rates_are_announced_and_solved_with_on_request(
    as_user, company, plan, pipeline, company_day
):
    write_history(pipeline, start=company_day("2001-06-01"), days=200, deals=50, seed=2)
    newer = refresh(pipeline)
    client = as_user(company.manager)
    assert "Newer rates are known" in client.get(address(plan)).content.decode()
    client.post(address(plan, "solve/"), headers=HTMX)
    plan.refresh_from_db()
    assert plan.estimate == newer
    assert "Newer rates are known" not in client.get(address(plan)).content.decode()


def test_without_rates_the_page_says_what_is_missing(as_user, company, pipeline):
    plan = create_plan(
        by=company.manager,
        name="Early",
        year=2002,
        pipeline=pipeline,
        target=Decimal(10),
        currency="CNY",
    )
    client = as_user(company.manager)
    page = client.get(address(plan)).content.decode()
    assert "Not solved yet" in page
    assert "What is missing" in page
    values = {"name": "Early", "target": "20", "year": 2002, "confidence": 80}
    assert "have not been computed yet" in preview(client, plan, values)
    answer = client.post(address(plan, "solve/"), headers=HTMX)
    assert answer.status_code == 204


def test_the_chart_gets_its_series_and_words(as_user, company, plan):
    page = as_user(company.manager).get(address(plan)).content.decode()
    data = json.loads(page.split('id="plan-chart-data" type="application/json">')[1].split("<")[0])
    assert len(data["labels"]) == len(data["revenue"]) == len(data["low80"]) == 12
    assert sum(data["revenue"]) == pytest.approx(plan.solution["expected"])


def test_the_page_says_that_newer_rates_could_not_be_computed(as_user, company, plan, typed):
    client = as_user(company.manager)
    create_opportunity(pipeline=plan.pipeline, by=company.owner, name="x", amount=5, currency="USD")
    request_estimate(plan.pipeline, by=company.manager)
    with pytest.raises(MissingExchangeRate):
        refresh_flagged(flag_name(plan.pipeline_id))

    for page in (client.get(address(plan)).content.decode(), preview(client, plan, typed)):
        assert "These rates are of 1 Jan 2002" in page
        assert "newer ones could not be computed" in page
        assert "No exchange rate from USD to CNY" in page


def test_every_required_number_can_be_chosen_without_a_mouse(as_user, company, plan):
    page = as_user(company.manager).get(address(plan)).content.decode()
    cells = re.findall(r'<(\w+)[^>]* data-cell="s\d+-\d+"[^>]*title=', page)
    assert len(cells) == plan.requirements.count()
    assert set(cells) == {"button"}


def test_before_the_year_begins_the_page_says_what_it_assumes_until_then(as_user, company, plan):
    update_plan(plan, by=company.manager, year=plan.year + 1)
    page = as_user(company.manager).get(address(plan)).content.decode()
    assert "Until the year begins" in page
