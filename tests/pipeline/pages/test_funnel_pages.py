"""Looking closer at the funnel: a stage, its trend, two sides compared, the deals behind."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from crm.services.customers import create_customer
from pipeline.models import Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
from pipeline.views.stage_detail import sentences as said_of_stage
from tests.histories import write_history


@pytest.fixture
def estimate(pipeline, company, company_day):
    start = company_day("2001-01-01")
    clock.pin(start)
    for name in ("Hengda", "Xinfeng"):
        create_customer(by=company.owner, name=name, owner=company.owner)
    clock.pin(start + timedelta(days=365))
    write_history(pipeline, start=start, days=365, deals=150, owner=company.owner)
    write_history(pipeline, start=start, days=365, deals=50, seed=2, owner=company.stranger)
    return refresh(pipeline)


@pytest.fixture
def captured_queries():
    return lambda: CaptureQueriesContext(connection)


@pytest.fixture
def page_of(as_user):
    def get(user, address, **query):
        answer = as_user(user).get(address, query)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    return get


def links_behind(page):
    """(query of the link, number shown) of every number that leads to what is behind it."""
    found = re.findall(r'<a href="([^"]*/behind/\?[^"]*)">([\d,]+)</a>', page)
    return [
        (dict(parse_qsl(urlsplit(href.replace("&amp;", "&")).query)), int(number.replace(",", "")))
        for href, number in found
    ]


def rows_shown(page):
    return len(re.findall(r"<tr data-href=", page))


def test_every_number_of_the_funnel_leads_to_as_many_rows(page_of, company, estimate):
    links = links_behind(page_of(company.admin, "/funnel/"))
    assert len(links) > 20
    for query, number in links:
        page = page_of(company.admin, "/funnel/behind/", **query)
        if number == 0:
            assert "that you may see" in page
        else:
            assert f"{number:,}, all that w" in page
            assert rows_shown(page) == min(number, 50), query


def test_every_number_of_a_stage_and_its_trend_leads_to_as_many_rows(
    page_of, company, estimate, stages
):
    key = f"opportunity-{stages['Proposal'].pk}"
    for address in ("/funnel/stage/", "/funnel/trend/"):
        links = links_behind(page_of(company.admin, address, stage=key))
        assert links
        for query, number in links:
            page = page_of(company.admin, "/funnel/behind/", **query)
            assert rows_shown(page) == min(number, 50), query


def test_whoever_does_not_see_all_is_told_of_how_many(page_of, company, estimate, stages):
    query = {"stage": stages["Qualified"].pk}
    page = page_of(company.stranger, "/funnel/behind/", **query)
    assert "50 of 200 are yours to see." in page
    theirs = Opportunity.objects.filter(owner=company.owner)
    assert not any(f'data-href="/deals/{deal.pk}/"' in page for deal in theirs)
    assert "200, all that were counted" in page_of(company.admin, "/funnel/behind/", **query)


def test_a_long_list_is_read_page_by_page(page_of, company, estimate, stages):
    address, seen = f"/funnel/behind/?stage={stages['Qualified'].pk}", []
    while address:
        page = page_of(company.admin, address)
        seen += re.findall(r'data-href="([^"]+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following and "/funnel/behind/" + following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 200


def test_more_rows_need_no_more_queries(as_user, company, estimate, stages, captured_queries):
    client = as_user(company.admin)
    counts = []
    for months in (("2001-06-01", "2001-06-08"), ("2001-02-01", "2001-04-01")):
        query = {"stage": stages["Qualified"].pk}
        query |= dict(zip(("entered_from", "entered_before"), months, strict=True))
        with captured_queries() as found:
            page = client.get("/funnel/behind/", query).content.decode()
        counts.append((rows_shown(page), len(found)))
    (few, queries), (many, more) = counts
    assert 0 < few < many
    assert more == queries


@pytest.mark.parametrize("query", ["", "stage=999", "stage=x", "outcome=won&cursor=no"])
def test_a_question_that_makes_no_sense_has_no_page(as_user, company, estimate, query):
    assert as_user(company.admin).get(f"/funnel/behind/?{query}").status_code == 404


def test_a_stage_says_how_long_and_where_to(page_of, company, estimate, stages):
    page = page_of(company.owner, "/funnel/stage/", stage=f"opportunity-{stages['Proposal'].pk}")
    assert "Of 100 that enter Proposal" in page
    assert "nine of ten by day" in page
    for name in ("Negotiation", "Lost", "still there"):
        assert name in page
    assert 'id="dwell-data"' in page


def test_a_drift_is_told_in_words_with_its_size(estimate, stages):
    document = {"name": "Proposal", "destinations": [1], "lost": [0.4], "unresolved": 0.0}
    document |= {"moved_back": [0.0]}
    document |= {"days_of_leavers": {"median": 3.0, "p90": 9.0}, "half_life_days": 180.0}
    stage = estimate.payload["stages"][-1]
    said = said_of_stage(document, stage | {"drift": {"since": "2001-03-01", "change": -0.25}})
    assert any(
        "Since March 2001 25\u202f% fewer move on than before" in sentence for sentence in said
    )
    assert any("180 days ago counts half" in sentence for sentence in said)


def test_the_shares_of_a_stage_add_up_to_all_that_enter(page_of, company, estimate, stages):
    page = page_of(company.owner, "/funnel/stage/", stage=f"opportunity-{stages['Proposal'].pk}")
    said = re.search(
        r"Proposal, (\d+) move on \(.*?\), (\d+) are lost, (\d+) move back, "
        r"and ([\d.]+) are still undecided",
        page,
    )
    assert sum(float(share) for share in said.groups()) == pytest.approx(100, abs=2)


def test_the_longest_are_only_those_that_may_be_seen(page_of, company, estimate, stages):
    key = f"opportunity-{stages['Qualified'].pk}"
    page = page_of(company.stranger, "/funnel/stage/", stage=key)
    shown = {int(pk) for pk in re.findall(r'data-href="/deals/(\d+)/"', page)}
    assert shown
    assert shown <= set(company.stranger.opportunities.values_list("pk", flat=True))


def test_customers_of_the_ladder_have_pages_too(page_of, company, estimate, ladder):
    suspect = ladder.stages.get(name="Suspect")
    for address in ("/funnel/stage/", "/funnel/trend/"):
        page = page_of(company.owner, address, stage=f"customer-{suspect.pk}")
        assert "Suspect" in page
    assert "Nothing has left this stage yet" in page_of(
        company.owner, "/funnel/stage/", stage=f"customer-{suspect.pk}"
    )
    page = page_of(company.owner, "/funnel/behind/", stage=suspect.pk, kind="customer")
    assert "Hengda" in page
    assert rows_shown(page) == 2


def test_periods_are_compared_in_words(page_of, company, estimate):
    page = page_of(company.owner, "/funnel/compare/")
    assert "2001-07 to 2001-12 beside 2001-01 to 2001-06" in page
    assert "No difference to be seen" in page
    backwards = page_of(company.owner, "/funnel/compare/", first_from="2001-09")
    assert "Nothing to compare" in backwards
    assert "before the period begins" in backwards


def test_segments_are_compared_once_there_are_rates_of_them(page_of, company, pipeline, estimate):
    assert "No rates by this field yet" in page_of(company.admin, "/funnel/compare/", field="owner")
    refresh_segment(pipeline, "owner")
    page = page_of(company.admin, "/funnel/compare/", field="owner")
    assert "Zoe beside Li" in page
    assert "Nothing to compare" in page_of(company.owner, "/funnel/compare/", field="owner")


def test_before_anything_was_counted_the_pages_say_so(page_of, company, pipeline):
    for name in ("stage", "trend", "compare", "behind"):
        assert "Nothing counted yet" in page_of(company.owner, f"/funnel/{name}/")


def test_the_rates_are_to_be_had_as_csv(as_user, company, pipeline, estimate):
    address = f"/api/v1/estimates/latest/?pipeline={pipeline.pk}&format=csv"
    text = as_user(company.owner).get(address).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 1 + len(estimate.payload["stages"])
    assert lines[0].startswith("stage,name,kind,entered,advanced,moved_back,lost,open")
