import json
import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.forms import AmountField
from core.money import MissingExchangeRate
from pipeline.models import Pipeline
from pipeline.services.estimates import refresh, refresh_flagged
from pipeline.services.opportunities import create_opportunity
from pipeline.services.requests import flag_name, request_estimate
from planning.models import Plan
from planning.services.plans import create_plan, update_plan
from tests.histories import write_history

HTMX = {"HX-Request": "true"}


def address(plan, act=""):
    return f"/plans/{plan.pk}/{act}"


def preview(client, plan, values):
    return client.post(address(plan, "preview/"), values, headers=HTMX).content.decode()


def numbers(page, key):
    found = re.findall(rf'data-cell="{key}"[^>]*>([\d,]+)<', page)
    return [int(text.replace(",", "")) for text in found]


def test_managers_plan_and_for_others_the_page_does_not_exist(as_user, company, plan, typed):
    may = {"manager": True, "admin": True, "owner": False, "stranger": False}
    for who, allowed in may.items():
        client = as_user(getattr(company, who))
        for act in ("", "preview/", "solve/"):
            answer = client.post(address(plan, act), typed)
            assert (answer.status_code != 404) is allowed, (who, act)


@pytest.mark.parametrize("url", ["/plans/", "/plans/new/"])
def test_reps_have_no_plans(as_user, company, plan, url):
    assert as_user(company.owner).get(url).status_code == 404
    assert as_user(company.manager).get(url).status_code == 200


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


def test_a_typed_target_is_answered_without_being_saved(as_user, company, plan, typed):
    client = as_user(company.manager)
    once = preview(client, plan, typed)
    twice = preview(client, plan, typed | {"target": "120 M"})
    assert numbers(twice, "total-1")[0] > 1.5 * numbers(once, "total-1")[0]
    assert "<html" not in twice
    assert "Not saved yet" in twice
    assert "Not saved yet" not in once
    plan.refresh_from_db()
    assert plan.target == 60_000_000


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("70.4 M", "70400000"),
        ("7040万", "70400000"),
        ("1.2亿", "120000000"),
        ("70,400,000", "70400000"),
        ("¥ 500 k", "500000"),
        (".5 bn", "500000000"),
        ("0", "0"),
        ("3千万", "30000000"),
        ("3000万", "30000000"),
        ("3,000万元", "30000000"),
        ("３０００萬 元", "30000000"),
        ("5百万", "5000000"),
        ("1.5十亿", "1500000000"),
        ("2万亿", "2000000000000"),
        ("30m", "30000000"),
        ("30 million", "30000000"),
        ("1.5 billion", "1500000000"),
        ("250 thousand", "250000"),
        ("3000元", "3000"),
        ("70 400 000", "70400000"),
    ],
)
def test_amounts_are_read_as_people_write_them(text, target):
    assert AmountField().clean(text) == Decimal(target)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,5亿", "decimal point"),
        ("70,4 M", "decimal point"),
        ("3000万美元", "such as"),
        ("三千万", "such as"),
        ("3千5百万", "such as"),
        ("30 trillions", "such as"),
        ("USD 30m", "such as"),
        ("-5", "such as"),
        ("万", "such as"),
        ("万万", "such as"),
        ("5万千", "such as"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_said(text, why):
    with pytest.raises(ValidationError, match=why):
        AmountField().clean(text)


def test_saving_solves_and_answers_the_new_version(as_user, company, plan, typed):
    answer = as_user(company.manager).post(address(plan), typed | {"target": "90 M"}, headers=HTMX)
    plan.refresh_from_db()
    assert (plan.target, plan.version) == (90_000_000, 2)
    assert Decimal(plan.solution["target"]) == 90_000_000
    page = answer.content.decode()
    assert 'id="plan-version" value="2"' in page
    assert ">Saved<" in page


def test_a_stale_save_shows_what_others_saved_and_keeps_what_was_typed(
    as_user, company, plan, typed
):
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, name="Theirs", target=Decimal(5))
    client = as_user(company.manager)
    answer = client.post(address(plan), typed | {"target": "90 M"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    assert "changed name from “Growth” to “Theirs”" in page
    assert "from “¥60,000,000” to “¥5”" in page
    assert 'value="Theirs"' in page, "only they touched it"
    assert 'value="90 M"' in page, "both touched it"
    assert 'id="plan-version" value="2"' in page
    stored = Plan.objects.get(pk=plan.pk)
    assert (stored.name, stored.target) == ("Theirs", 5)
    again = typed | {"name": "Theirs", "target": "90 M", "version": 2}
    done = client.post(address(plan), again, headers=HTMX).content.decode()
    assert Plan.objects.get(pk=plan.pk).target == 90_000_000
    assert '<div id="plan-others" hx-swap-oob="true"></div>' in done


def test_sliders_that_only_others_moved_are_taken_over(as_user, company, plan, typed):
    theirs = [1.0] * 6 + [4.0] * 6
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, shape=theirs)
    client = as_user(company.manager)
    untouched, moved = ["50"] * 12, ["10"] * 11 + ["90"]
    page = client.post(address(plan), typed | {"shape": untouched}, headers=HTMX).content.decode()
    assert sliders(page) == ["25"] * 6 + ["100"] * 6
    assert "It is taken over below" in page
    page = client.post(address(plan), typed | {"shape": moved}, headers=HTMX).content.decode()
    assert sliders(page) == moved
    assert "saving now puts yours in its place" in page


def sliders(page):
    return re.findall(r'name="shape" min="0" max="100" value="(\d+)"', page)


WRONG = [
    ({"target": "abc"}, "target"),
    ({"target": ""}, "target"),
    ({"target": "-5"}, "target"),
    ({"target": "9" * 50}, "target"),
    ({"target": "9" * 17}, "target"),
    ({"target": "5 x"}, "target"),
    ({"year": "1"}, "year"),
    ({"year": "2099"}, "year"),
    ({"year": "x"}, "year"),
    ({"confidence": "70"}, "confidence"),
    ({"shape": ["0"] * 12}, "shape"),
    ({"shape": ["1"] * 11}, "shape"),
    ({"shape": ["nan"] * 12}, "shape"),
    ({"shape": ["-1"] * 12}, "shape"),
    ({"name": ""}, "name"),
    ({"name": "a\x00"}, "name"),
]


@pytest.mark.parametrize("target", ["-5", "1e99", "", "abc"])
def test_a_refused_target_says_which_forms_are_understood(as_user, company, plan, typed, target):
    page = preview(as_user(company.manager), plan, typed | {"target": target})
    beside = page.split('id="error-target"')[1].split("</div>")[0]
    assert "70.4 M" in beside
    assert "7040万" in beside


@pytest.mark.parametrize("act", ["", "preview/"])
def test_what_cannot_be_is_refused_beside_its_field(as_user, company, plan, typed, act):
    client = as_user(company.manager)
    for wrong, field in WRONG:
        answer = client.post(address(plan, act), typed | wrong, headers=HTMX)
        beside = answer.content.decode().split(f'id="error-{field}"')[1].split("</div>")[0]
        assert "<div>" in beside, wrong
        assert answer["HX-Reswap"] == "none", wrong
    plan.refresh_from_db()
    assert plan.version == 1


def test_after_a_refused_input_the_answer_is_marked_as_an_older_one(as_user, company, plan, typed):
    client = as_user(company.manager)
    assert "is-refused" in preview(client, plan, typed | {"target": "abc"})
    assert "is-refused" not in preview(client, plan, typed)
    assert "answer to the last valid target" in client.get(address(plan)).content.decode()


def test_an_absurd_target_is_out_of_reach_by_a_readable_multiple(as_user, company, plan, typed):
    page = preview(as_user(company.manager), plan, typed | {"target": "9" * 12})
    assert "verdict-unreachable" in page
    assert re.search(r"Out of reach: it would take [\d,]+,\d{3} times as many new leads", page)


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


def test_the_shape_moves_leads_between_months(as_user, company, plan, typed):
    client = as_user(company.manager)
    late = preview(client, plan, typed | {"shape": ["0"] * 6 + ["50"] * 6})
    assert numbers(late, "s0-0")[0] < numbers(late, "s0-8")[0]


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


def test_a_currency_without_a_rate_is_a_message(as_user, company, plan, typed):
    Plan.objects.filter(pk=plan.pk).update(currency="USD")
    page = preview(as_user(company.manager), plan, typed | {"target": "1 M"})
    assert "No exchange rate" in page
    answer = as_user(company.manager).post(address(plan), typed | {"target": "1 M"}, headers=HTMX)
    assert answer.status_code == 422


def test_a_new_plan_is_made_and_solved(as_user, company, pipeline, estimate):
    values = {
        "name": "Next",
        "target": "40 M",
        "year": 2002,
        "confidence": 50,
        "pipeline": pipeline.pk,
    }
    client = as_user(company.manager)
    answer = client.post("/plans/new/", values, headers=HTMX)
    plan = Plan.objects.get()
    assert answer["HX-Redirect"] == address(plan)
    assert (plan.currency, plan.owner, plan.estimate) == ("CNY", company.manager, estimate)
    again = client.post("/plans/new/", values, headers=HTMX)
    assert again.status_code == 422
    assert "exists for that year already" in again.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_without_a_pipeline_a_new_plan_explains_itself(as_user, company, headers):
    Pipeline.objects.update(is_active=False)
    page = as_user(company.manager).get("/plans/new/", headers=headers).content.decode()
    assert "There is no pipeline yet" in page
    assert 'name="target"' not in page


def test_the_choice_of_a_pipeline_has_no_empty_entry(as_user, company, pipeline):
    assert "---------" not in as_user(company.manager).get("/plans/new/").content.decode()


def test_the_chart_gets_its_series_and_words(as_user, company, plan):
    page = as_user(company.manager).get(address(plan)).content.decode()
    data = json.loads(page.split('id="plan-chart-data" type="application/json">')[1].split("<")[0])
    assert len(data["labels"]) == len(data["revenue"]) == len(data["low80"]) == 12
    assert sum(data["revenue"]) == pytest.approx(plan.solution["expected"])


def test_the_list_of_plans_costs_the_same_however_many(as_user, company, plan, pipeline):
    client = as_user(company.manager)
    client.get("/plans/")
    with CaptureQueriesContext(connection) as few:
        assert "Growth" in client.get("/plans/").content.decode()
    for i in range(5):
        Plan.objects.create(
            name=f"P{i}", year=2002, pipeline=pipeline, target=1, currency="CNY", owner=plan.owner
        )
    with CaptureQueriesContext(connection) as many:
        client.get("/plans/")
    assert len(many) == len(few) <= 12


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


def test_before_the_year_begins_the_page_says_what_it_assumes_until_then(
    client, plan, company, pipeline
):
    from planning.services.plans import update_plan

    update_plan(plan, by=company.manager, year=plan.year + 1)
    client.force_login(company.manager)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "Until the year begins" in page
