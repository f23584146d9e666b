"""The page on which a plan's target is split, and whose numbers somebody sees there."""

import html
import json
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from accounts.models import Team
from planning.models import Plan
from planning.services.plans import update_plan
from planning.services.targets import set_target_parts
from planning.targets import all_parts, stored_parts

HTMX = {"HX-Request": "true"}


def address(plan, by="month", act=""):
    return f"/plans/{plan.pk}/targets/{act}?by={by}"


def typed(plan, amounts, **more):
    body = {"version": plan.version, "value": list(amounts), "amount": list(amounts.values())}
    return body | more


def inputs(page):
    return re.findall(r'name="amount"[^>]* value="([^"]*)"', page)


@pytest.mark.parametrize("act", ["", "preview/", "needs/", "undo/"])
def test_managers_split_targets_and_for_others_the_page_does_not_exist(as_user, company, plan, act):
    for who, status in (("owner", 404), ("stranger", 404)):
        client = as_user(getattr(company, who))
        assert client.get(address(plan, act=act)).status_code in (status, 405)
        assert client.post(address(plan, act=act)).status_code in (status, 405)
    Plan.objects.filter(pk=plan.pk).update(team=company.other_team)
    client = as_user(company.manager)
    send = client.get if act in ("", "needs/") else client.post
    assert send(address(plan, act=act)).status_code == 404
    client = as_user(company.admin)
    send = client.get if act in ("", "needs/") else client.post
    assert send(address(plan, act=act)).status_code in (200, 302)


@pytest.mark.parametrize("by", ["month", "quarter", "team", "source", "region", "product"])
def test_every_dimension_has_a_page(as_user, company, plan, by):
    page = as_user(company.manager).get(address(plan, by)).content.decode()
    assert inputs(page).count("") == len(inputs(page)) > 0
    assert as_user(company.manager).get(address(plan, "colour")).status_code == 404


def test_amounts_are_saved_as_people_write_them_and_can_be_taken_back(as_user, company, plan):
    client = as_user(company.manager)
    amounts = {"1": "30 M", "2": "2,000万", "3": "10,000,000", "4": ""}
    answer = client.post(address(plan, "quarter"), typed(plan, amounts), headers=HTMX)
    assert answer["HX-Redirect"] == address(plan, "quarter")
    assert stored_parts(plan, "quarter")["2"] == 20_000_000
    page = client.get(address(plan, "quarter")).content.decode()
    assert inputs(page) == ["30,000,000", "20,000,000", "10,000,000", "0"]
    assert "All handed out" in page
    client.post(address(plan, act="undo/"))
    assert all_parts(plan) == {}
    assert (
        "nothing left to undo"
        in client.post(address(plan, act="undo/"), follow=True).content.decode()
    )


def test_an_undo_does_not_take_back_what_somebody_else_did(as_user, company, plan):
    client = as_user(company.manager)
    client.post(address(plan, "region"), typed(plan, {"North": "60 M"}))
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, name="Theirs")
    page = client.post(address(plan, act="undo/"), follow=True).content.decode()
    assert "Somebody else changed this meanwhile" in page
    assert stored_parts(plan, "region") == {"North": 60_000_000}


def test_a_sum_that_is_not_the_target_is_refused_and_kept(as_user, company, plan):
    answer = as_user(company.manager).post(
        address(plan, "quarter"), typed(plan, {"1": "59,999,999.99"}), headers=HTMX
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "¥0.01 of the target" in page
    assert "Still to hand out: ¥0.01" in page
    assert inputs(page)[0] == "59,999,999.99"


def test_what_cannot_be_read_is_refused_beside_its_amount(as_user, company, plan):
    client = as_user(company.manager)
    for wrong in ("abc", "-5", "9" * 30, "5 x"):
        body = typed(plan, {"1": wrong, "2": "60 M"})
        answer = client.post(address(plan, "quarter"), body, headers=HTMX)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'id="part-error-1"' in page
        assert inputs(page)[0] == wrong
    body = typed(plan, {"1": "60 M"}, version="x")
    assert client.post(address(plan, "quarter"), body, headers=HTMX).status_code == 422
    assert all_parts(plan) == {}


def test_a_stale_save_shows_what_others_saved_beside_what_was_typed(as_user, company, plan):
    theirs = {"1": Decimal(60_000_000)}
    body = typed(plan, {"1": "30 M", "2": "30 M"})
    set_target_parts(
        Plan.objects.get(pk=plan.pk), by=company.admin, dimension="quarter", parts=theirs
    )
    answer = as_user(company.manager).post(address(plan, "quarter"), body, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this meanwhile" in page
    assert "saved by others: ¥60,000,000" in page
    assert inputs(page)[:2] == ["30 M", "30 M"]
    assert 'name="version" value="2"' in page


@pytest.mark.parametrize("fill", ["history", "even", "rest", "clear"])
def test_filling_in_hands_out_all_and_saves_nothing(as_user, company, plan, fill):
    body = typed(plan, {"1": "1", "2": "2"}, fill=fill)
    page = as_user(company.manager).post(address(plan), body, headers=HTMX).content.decode()
    found = [Decimal(text.replace(",", "") or 0) for text in inputs(page)]
    assert sum(found) == (0 if fill == "clear" else plan.target)
    if fill == "rest":
        assert found[:2] == [20_000_000, 40_000_000]
    assert "data-unsaved" in page
    assert all_parts(plan) == {}


def test_without_a_last_year_there_is_nothing_to_go_by(as_user, company, plan):
    client = as_user(company.manager)
    body = typed(plan, {}, fill="history")
    answer = client.post(address(plan, "product"), body, headers=HTMX)
    assert answer.status_code == 200
    company.manager.refresh_from_db()
    Plan.objects.filter(pk=plan.pk).update(currency="USD")
    answer = client.post(address(plan, "product"), body, headers=HTMX)
    assert "nothing to go by" in answer["HX-Trigger"]


def test_a_manager_reads_the_sum_of_other_teams_and_hands_out_the_rest(as_user, company, plan):
    service = str(company.other_team.pk)
    parts = {service: Decimal(10_000_000), "": Decimal(50_000_000)}
    set_target_parts(plan, by=company.admin, dimension="team", parts=parts)
    client = as_user(company.manager)
    page = client.get(address(plan, "team")).content.decode()
    assert "Service" not in page
    assert "other teams" in page
    assert "¥10,000,000" in page
    assert "All handed out" in page
    body = typed(plan, {}, fill="even")
    page = client.post(address(plan, "team"), body, headers=HTMX).content.decode()
    assert inputs(page)[:2] == ["25,000,000", "25,000,000"]


def test_the_parts_of_the_requirements_shown_add_up_to_the_plans(as_user, company, plan):
    plan.pipeline.opportunities.update(owner=company.owner)
    plan.pipeline.opportunities.filter(pk__in=plan.pipeline.opportunities.all()[:99]).update(
        owner=company.stranger
    )
    client = as_user(company.admin)
    plans = totals(client.get(f"/plans/{plan.pk}/").content.decode())
    north, service = company.sub_team.pk, company.other_team.pk
    shown = [
        totals(client.get(f"{address(plan, 'team', 'needs/')}&of={pk}").content.decode())
        for pk in (north, service)
    ]
    assert [sum(pair) for pair in zip(*shown, strict=True)] == plans
    page = as_user(company.manager).get(address(plan, "team", "needs/")).content.decode()
    assert "other teams" in page
    assert "Service" not in page


def totals(page):
    # The sub-plans further down say the same numbers in parts.
    table = page.partition('class="table table-sm mb-0 requirements"')[2].partition("</table>")[0]
    found = re.findall(r'requirements-total"[^>]*>([\d,]+)<', table)
    return [int(text.replace(",", "")) for text in found]


def test_the_page_costs_the_same_however_many_teams(as_user, company, plan):
    client = as_user(company.admin)
    client.get(address(plan, "team"))
    with CaptureQueriesContext(connection) as few:
        client.get(address(plan, "team"))
    for i in range(9):
        Team.objects.create(name=f"Team {i}")
    with CaptureQueriesContext(connection) as many:
        page = client.get(address(plan, "team")).content.decode()
    assert "Team 8" in page
    assert len(many) == len(few) <= 25


def test_the_target_line_of_the_chart_follows_the_months(as_user, company, plan):
    client = as_user(company.manager)
    assert chart(client, plan)["target"] == [5_000_000] * 12
    parts = {"1": Decimal(60_000_000)}
    set_target_parts(plan, by=company.manager, dimension="month", parts=parts)
    data = chart(client, plan)
    assert data["target"] == [60_000_000] + [0] * 11
    assert data["words"]["target"] == "target of the month"


def chart(client, plan):
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    return json.loads(page.split('id="plan-chart-data" type="application/json">')[1].split("<")[0])


def last_year_links(page):
    return re.findall(r'href="(/plans/\d+/targets/won/[^"]+)"[^>]*>[^\d<]*([^<]+)<', page)


def sum_of(page):
    return Decimal(re.search(r", for ¥([\d,]+(?:\.\d\d)?)", page)[1].replace(",", ""))


@pytest.mark.parametrize("by", ["month", "quarter", "team"])
def test_what_was_won_in_the_last_year_opens_to_its_deals(as_user, company, plan, sold_by_two, by):
    client = as_user(company.admin)
    page = client.get(address(plan, by)).content.decode()
    links = [(html.unescape(url), text) for url, text in last_year_links(page)]
    assert links
    total = Decimal(0)
    for url, _text in links:
        opened = client.get(url, headers=HTMX).content.decode()
        assert "won in the last twelve whole months" in opened
        total += sum_of(opened)
    won = plan.pipeline.opportunities.won().aggregate(total=Sum("amount"))["total"]
    assert total == pytest.approx(won, rel=Decimal("0.001"))
    assert client.get(links[0][0]).status_code == 200


def test_deals_that_a_reader_does_not_see_are_not_told(as_user, company, plan, sold_by_two):
    urls = [f"/plans/{plan.pk}/targets/won/?by=quarter&of={quarter}" for quarter in range(1, 5)]

    def seen_by(who):
        client = as_user(who)
        return sum(sum_of(client.get(url).content.decode()) for url in urls)

    assert 0 < seen_by(company.manager) < seen_by(company.admin)
    assert as_user(company.owner).get(urls[0]).status_code == 404


@pytest.mark.parametrize(
    "query", ["by=month&of=13", "by=quarter&of=0", "by=quarter", "by=team&of=x", "by=luck&of=1"]
)
def test_parts_that_cannot_be_have_no_deals(as_user, company, plan, query):
    answer = as_user(company.manager).get(f"/plans/{plan.pk}/targets/won/?{query}")
    assert answer.status_code == 404


def test_a_team_out_of_sight_has_none(as_user, company, plan):
    url = f"/plans/{plan.pk}/targets/won/?by=team&of={company.other_team.pk}"
    assert as_user(company.manager).get(url).status_code == 404


@pytest.mark.parametrize(("by", "count"), [("month", 12), ("quarter", 4)])
def test_what_is_expected_of_a_month_or_quarter_opens_to_its_arithmetic(
    as_user, company, plan, by, count
):
    client = as_user(company.manager)
    page = client.get(address(plan, by)).content.decode()
    links = re.findall(r'href="(/plans/\d+/explain/[^"]+)" data-explain', page)
    assert len(links) == count
    for url in links[:2]:
        opened = client.get(url, headers=HTMX).content.decode()
        assert "data-whole" in opened
    if by == "quarter":
        assert "quarter 2 of 2002" in client.get(links[1]).content.decode()


def test_months_of_a_target_out_of_reach_are_not_called_expected(as_user, company, plan):
    client = as_user(company.manager)
    for target, word in ((Decimal(10_000_000), "expected"), (Decimal(10) ** 12, "were it reached")):
        update_plan(plan, by=company.manager, target=target)
        page = client.get(address(plan)).content.decode()
        assert page.count(f'class="targets-expected text-secondary">{word} ') == 12
