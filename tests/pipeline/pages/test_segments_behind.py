"""Every number of rates by segment, and of a comparison, opens to the deals that it counts."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from core import clock
from core.models import ExchangeRate
from crm.models import Product, Source
from pipeline.asking import StayForm
from pipeline.behind import visible_stays
from pipeline.models import AmountChange, Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.segments import refresh_segment
from tests.histories import write_history

HTMX = {"HX-Request": "true"}
SPLITS = ("team", "owner", "source", "region", "product", "amount_band", "region,amount_band")


@pytest.fixture
def history(pipeline, company, company_day):
    """240 deals of every owner, source, region and product, or of none; of which some are priced
    in dollars, some by what their product costs, some not at all."""
    clock.pin(company_day("2002-01-01"))
    ExchangeRate.objects.create(
        base="USD", quote="CNY", rate="8.28", date=company_day("2001-01-01").date()
    )
    deals = write_history(pipeline, start=company_day("2001-01-01"), days=364, deals=240)
    web = Source.objects.create(name="Web")
    line = Product.objects.create(name="Line", currency="CNY", price=90_000)
    spare = Product.objects.create(name="Spare parts", currency="CNY")
    people = (company.owner, company.teammate, company.stranger, None)
    for place, deal in enumerate(deals):
        deal.owner, deal.source = people[place % 4], web if place % 3 else None
        deal.region = ("North", "", " 100 % & more")[place % 3]
        deal.product = (line, spare, None)[place % 7 % 3]
    Opportunity.objects.bulk_update(deals, ["owner", "source", "region", "product"])
    AmountChange.objects.bulk_create(
        AmountChange(
            opportunity=deal,
            pipeline=pipeline,
            amount=None if place % 2 else deal.amount,
            currency="CNY" if place % 2 else "USD",
            at=deal.created_at,
        )
        for place, deal in enumerate(deals[::3])
    )
    clock.pin(company_day("2001-12-01"))
    for _ in range(4):
        create_opportunity(pipeline=pipeline, by=company.admin, name="Line", product=line)
    clock.pin(company_day("2002-01-01"))
    refresh(pipeline)
    return pipeline


@pytest.fixture
def later(company, company_day):
    """What is only known after the rates: deals that move on and are worth something else."""

    def happen(pipeline):
        clock.pin(company_day("2002-02-01"))
        for deal in Opportunity.objects.open().order_by("pk")[:12]:
            following = deal.pipeline.stages.get(order=deal.stage.order + 1)
            move_opportunity(deal, to=following, by=company.admin)
        for deal in Opportunity.objects.order_by("pk")[:40]:
            AmountChange.objects.create(
                opportunity=deal, pipeline=pipeline, amount=5, currency="CNY", at=clock.now()
            )
        clock.pin(company_day("2002-02-02"))
        refresh(pipeline)

    return happen


def openings(page):
    """Every number that opens: (what is asked for, the number)."""
    found = re.findall(r'<a href="(/funnel/behind/\?[^"]+)">([\d,]+)</a>', page)
    return [
        (dict(parse_qsl(urlsplit(unescape(a)).query)), int(n.replace(",", ""))) for a, n in found
    ]


def listed(pipeline, asked, user):
    form = StayForm(asked, pipeline=pipeline, as_of=clock.default_as_of())
    assert form.is_valid(), form.errors
    return list(visible_stays(form.question(), user))


@pytest.fixture
def segments_page(as_user, company):
    def get(segment, **query):
        field, _comma, crossed = segment.partition(",")
        query |= {"segment": field, "with": crossed}
        answer = as_user(company.admin).get("/funnel/segments/", query, headers=HTMX)
        return answer.content.decode()

    return get


@pytest.mark.parametrize("segment", SPLITS)
def test_a_number_of_a_segment_opens_to_as_many_deals(
    segments_page, history, company, stages, later, segment
):
    estimate = refresh_segment(history, segment)
    later(history)
    shown = 0
    for stage in ("Qualified", "Negotiation"):
        found = openings(segments_page(segment, stage=stages[stage].pk))
        for asked, number in found:
            assert len(listed(history, asked, company.admin)) == number, asked
        shown += len(found)
    assert shown >= 3 * 2 * len(estimate.payload["segments"])


def test_the_parts_of_a_split_add_up_to_the_whole(segments_page, history, company):
    refresh_segment(history, "amount_band")
    (whole, _n), *parts = openings(segments_page("amount_band"))[::3]
    every = {stay.subject for stay in listed(history, whole, company.admin)}
    bands = [{s.subject for s in listed(history, asked, company.admin)} for asked, _n in parts]
    assert set().union(*bands) == every
    assert sum(map(len, bands)) == len(every)
    assert any(asked["amount_band"] == "none" for asked, _n in parts)


def test_of_a_sample_those_are_listed_that_were_looked_at(
    segments_page, history, company, monkeypatch, as_user
):
    monkeypatch.setattr("pipeline.deal_stays.MOST_MOVES", 200)
    estimate = refresh_segment(history, "source")
    assert estimate.payload["one_in"] > 1
    found = openings(segments_page("source"))
    assert found
    for asked, number in found:
        assert int(asked["one_in"]) == estimate.payload["one_in"]
        assert len(listed(history, asked, company.admin)) == number
    page = as_user(company.admin).get("/funnel/behind/", found[0][0]).content.decode()
    assert f"one deal in {estimate.payload['one_in']}, as looked at" in page


def test_a_region_called_none_is_not_taken_for_no_region(segments_page, history, company):
    Opportunity.objects.filter(region="North").update(region="none")
    refresh_segment(history, "region")
    found = openings(segments_page("region"))
    # The whole, those without a region, and one region: the other one's numbers open to nothing.
    assert len(found) == 3 * 3
    for asked, number in found:
        assert len(listed(history, asked, company.admin)) == number


def test_the_list_says_what_it_is_narrowed_to_and_how_many_there_are(
    segments_page, history, company, as_user
):
    refresh_segment(history, "region,amount_band")
    for asked, number in openings(segments_page("region,amount_band"))[3:]:
        page = as_user(company.admin).get("/funnel/behind/", asked).content.decode()
        assert f"{number}, all that w" in page
        assert "no region" in page if asked["region"] == "none" else asked["region"]
        assert "¥" in page or asked["amount_band"] == "none"
        assert "each counts where it belongs today" in page


@pytest.mark.parametrize("field", ["", "owner", "amount_band"])
def test_a_number_of_a_comparison_opens_to_as_many_deals(as_user, history, company, later, field):
    if field:
        refresh_segment(history, field)
    later(history)
    page = as_user(company.admin).get("/funnel/compare/", {"field": field} if field else {})
    found = openings(page.content.decode())
    assert len(found) >= 2 * 3 * 3
    assert any(number for _asked, number in found)
    for asked, number in found:
        assert len(listed(history, asked, company.admin)) == number, asked


def test_a_comparison_names_the_instant_of_its_own_rates(as_user, history, company, later):
    refresh_segment(history, "source")
    later(history)
    page = as_user(company.admin).get("/funnel/compare/", {"field": "source"}).content.decode()
    assert "by what was known on 1 Jan 2002" in page
    page = as_user(company.admin).get("/funnel/compare/").content.decode()
    assert "by what was known on 2 Feb 2002" in page


def test_customers_of_a_period_open_as_deals_do(as_user, history, company, climb, company_day):
    for day in ("03-01", "03-02", "09-01"):
        climb(day)
    clock.pin(company_day("2002-01-02"))
    refresh(history)
    page = as_user(company.admin).get("/funnel/compare/").content.decode()
    found = [(asked, n) for asked, n in openings(page) if asked["kind"] == "customer"]
    assert sum(n for asked, n in found if "outcome" not in asked) == 3
    for asked, number in found:
        assert len(listed(history, asked, company.admin)) == number


def test_what_was_known_within_a_day_is_kept_to_the_instant(segments_page, history, company_day):
    clock.pin(company_day("2002-01-01") + timedelta(hours=7, microseconds=123_456))
    estimate = refresh_segment(history, "team")
    (asked, _number), *_rest = openings(segments_page("team"))
    form = StayForm(asked, pipeline=history, as_of=clock.default_as_of())
    assert form.is_valid()
    assert form.question().as_of == estimate.as_of
