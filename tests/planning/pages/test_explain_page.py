"""A number of the planning page opens to its arithmetic, and on to the deals behind its rate."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipeline.services.opportunities import create_opportunity
from planning.services.plans import create_plan

HTMX = {"HX-Request": "true"}


def address(plan):
    return f"/plans/{plan.pk}/explain/"


def shown(client, plan, cell, **typed):
    answer = client.post(address(plan), typed | {"cell": cell}, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def whole(page):
    return int(re.search(r"data-whole>([\d,]+)<", page)[1].replace(",", ""))


def test_who_may_plan_may_ask_and_for_others_it_does_not_exist(as_user, company, plan):
    for who, status in (("manager", 200), ("admin", 200), ("owner", 404), ("stranger", 404)):
        client = as_user(getattr(company, who))
        assert client.get(address(plan), {"cell": "s1-4"}).status_code == status, who
    plan.team = company.other_team
    plan.save()
    assert as_user(company.manager).get(address(plan), {"cell": "s1-4"}).status_code == 404


@pytest.mark.parametrize("cell", ["", "s9-1", "s1-12", "hours-Engineer-1", "price-0", "profit"])
def test_a_number_that_is_not_there_is_not_found(as_user, company, plan, cell):
    assert as_user(company.manager).get(address(plan), {"cell": cell}).status_code == 404


def test_every_number_of_the_page_opens_and_agrees_with_it(as_user, company, plan, typed):
    client = as_user(company.manager)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    cells = re.findall(r'name="cell" value="([^"]+)"[^>]*>([^<]*)<', page)
    assert len(cells) > 4 * 12
    alone = [each for each in cells if "-" not in each[0]]
    assert ("last" in dict(alone)) == (plan.solution["last_lead_month"] is not None)
    for cell, text in [*alone, *cells[::7]]:
        answer = shown(client, plan, cell, **typed)
        if re.fullmatch(r"(s\d+|won)-\d+", cell):
            assert whole(answer) == int(text.replace(",", "")), cell


def test_what_is_typed_is_explained_and_not_what_is_saved(as_user, company, plan, typed):
    client = as_user(company.manager)
    once = whole(shown(client, plan, "total-1", **typed))
    more = whole(shown(client, plan, "total-1", **typed | {"target": "120 M"}))
    assert more > 1.5 * once
    assert whole(client.get(address(plan), {"cell": "total-1"}).content.decode()) == once
    unreadable = shown(client, plan, "total-1", **typed | {"target": "much"})
    assert "can be explained" in unreadable


def test_without_a_script_it_is_a_page_of_its_own(as_user, company, plan, typed):
    answer = as_user(company.manager).post(address(plan), typed | {"cell": "s1-4"})
    assert "<!doctype html>" in answer.content.decode()
    assert f'href="/plans/{plan.pk}/"' in answer.content.decode()


def test_as_many_deals_stand_behind_the_rate_as_it_says(as_user, company, plan, typed, estimate):
    client = as_user(company.admin)
    page = shown(client, plan, "s1-4", **typed)
    url = html.unescape(re.search(r'href="([^"]+)" data-behind', page)[1])
    entered = next(s for s in estimate.payload["stages"] if s["name"] == "Proposal")["entered"]
    assert f"The {entered} deals behind it" in page
    assert f"{entered}, all that were counted." in text_of(client.get(url).content.decode())


def test_open_deals_are_a_click_away_and_only_those_of_ones_own(
    as_user, company, plan, pipeline, typed
):
    page = shown(as_user(company.manager), plan, "s1-0", **typed)
    links = [html.unescape(url) for url in re.findall(r'href="([^"]+outcome=open)"', page)]
    assert links
    create_opportunity(pipeline=pipeline, by=company.stranger, name="Theirs", amount=1)
    listed = as_user(company.manager).get(links[0]).content.decode()
    assert "Theirs" not in listed


def test_before_any_rates_a_sentence_says_so(as_user, company, pipeline):
    plan = create_plan(
        by=company.manager, name="Early", year=2002, pipeline=pipeline, target=5, currency="CNY"
    )
    answer = as_user(company.manager).get(address(plan), {"cell": "s1-4"})
    assert "have not been computed yet" in answer.content.decode()


def test_it_reads_in_chinese(as_user, company, plan):
    client = as_user(company.manager)
    client.cookies["django_language"] = "zh-hans"
    page = text_of(client.get(address(plan), {"cell": "s1-4"}, headers=HTMX).content.decode())
    assert "其中" in page
    assert not re.search(r"\b(wins|leads|from)\b", page)


def test_it_takes_a_fixed_number_of_queries(as_user, company, plan, typed):
    client = as_user(company.manager)
    shown(client, plan, "s1-4", **typed)
    with CaptureQueriesContext(
        connection,
    ) as few:
        shown(client, plan, "s1-4", **typed)
    with CaptureQueriesContext(connection) as many:
        shown(client, plan, "total-1", **typed)
    assert len(few) == len(many) <= 16


@pytest.mark.parametrize("by", ["team", "source", "region", "product"])
def test_every_number_of_the_targets_page_opens_and_agrees_with_it(
    as_user, company, plan, sold_by_two, by
):
    client = as_user(company.manager)
    page = client.get(f"/plans/{plan.pk}/targets/?by={by}").content.decode()
    cells = re.findall(r'href="([^"]+)" data-explain[^>]*>([^<]*)<', page)
    assert len(cells) == 13 * (len(plan.solution["origins"]["direct"]) + 1)
    for url, text in cells[::5]:
        answer = client.get(html.unescape(url), headers=HTMX)
        assert answer.status_code == 200, url
        opened = answer.content.decode()
        if "data-whole" in opened:
            assert whole(opened) == int(text.replace(",", "")), url
        assert f"/plans/{plan.pk}/explain/?cell=" in opened
    whole_url = html.unescape(re.search(r'hx-get="([^"]+explain[^"]+)"', opened)[1])
    assert client.get(whole_url, headers=HTMX).status_code == 200


def test_the_number_of_a_team_that_one_does_not_plan_is_not_found(
    as_user, company, plan, sold_by_two
):
    for value in (company.other_team.pk, "999", "x"):
        cell = {"cell": f"part-team-s1-4-{value}"}
        assert as_user(company.manager).get(address(plan), cell).status_code == 404
    cell = {"cell": f"part-team-s1-4-{company.other_team.pk}"}
    assert as_user(company.admin).get(address(plan), cell).status_code == 200


def test_the_number_of_a_part_reads_in_chinese(as_user, company, plan, sold_by_two):
    client = as_user(company.manager)
    client.cookies["django_language"] = "zh-hans"
    cell = {"cell": f"part-team-s1-4-{company.sub_team.pk}"}
    page = text_of(client.get(address(plan), cell, headers=HTMX).content.decode())
    assert "占比" in page
    assert not re.search(r"\b(wins|leads|share|whole)\b", page)


def test_a_mean_amount_opens_to_the_deals_that_it_is_taken_from(
    as_user, company, plan, typed, role, channel
):
    client = as_user(company.manager)
    for cell in ("amount0-5", "amount1-total"):
        page = html.unescape(shown(client, plan, cell, **typed))
        urls = re.findall(r'<th scope="row">.*?href="(/funnel/behind/[^"]+)"', page)
        assert urls, cell
        assert all(client.get(url).status_code == 200 for url in urls)
        rows = page.count("explained-hue")
        assert len(urls) == rows
