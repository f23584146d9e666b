"""The funnel page split by segment."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.models import DirtyFlag, Job
from crm.models import Source
from pipeline.models import Estimate, Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_flagged, refresh_segment
from tests.histories import write_climb, write_history

SEGMENTS = "/funnel/segments/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def history(pipeline, company, company_day):
    """300 deals: those of fairs are nearly all lost; four of a source that is too small."""
    clock.pin(company_day("2002-01-01"))
    deals = write_history(pipeline, start=company_day("2001-01-01"), days=364, deals=300)
    fairs, web, letters = (Source.objects.create(name=n) for n in ("Fairs", "Web", "Letters"))
    people = [company.owner, company.teammate, company.stranger]
    for place, deal in enumerate(deals):
        deal.source = letters if place < 4 else fairs if deal.stage.is_lost else web
        deal.owner = people[place % 3]
    Opportunity.objects.bulk_update(deals, ["source", "owner"])
    refresh(pipeline)
    return pipeline


@pytest.fixture
def look(as_user, company, history):
    def at(who="owner", **query):
        answer = as_user(getattr(company, who)).get(SEGMENTS, query, headers=HTMX)
        assert answer.status_code == 200
        return answer.content.decode()

    return at


def test_nothing_is_computed_before_a_field_is_chosen(look):
    page = look()
    assert "Choose what to split customers and deals by" in page
    for field in ("team", "owner", "source", "region", "product", "amount_band"):
        assert f'value="{field}"' in page
    assert not Job.objects.filter(kind="segments").exists()


def test_opening_asks_once_and_shows_what_came_of_it(look, as_user, company, history):
    first = look(segment="source")
    assert "computed when somebody asks" in first
    assert "submit, load" in first
    client = as_user(company.owner)
    asked = client.post(f"/funnel/{history.pk}/segments/", {"segment": "source"}, headers=HTMX)
    job = Job.objects.get(kind="segments")
    assert f'id="job-{job.pk}"' in asked.content.decode()
    assert f'id="job-{job.pk}"' in look(segment="source")
    refresh_flagged(DirtyFlag.objects.get(name__startswith="segments:").name)
    page = look(segment="source", asked="1")
    assert "Fairs" in page
    assert "Compute now" not in page


def test_every_rate_has_its_band_and_n_and_pooled_ones_say_so(look, history):
    estimate = refresh_segment(history, "source")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", look(segment="source")))
    found = estimate.payload["stages"][0]["segments"]
    names = [segment["names"][0] for segment in estimate.payload["segments"]]
    for name, row in zip(names, found, strict=True):
        rate = row["promotion"]
        shown = [f"{100 * rate[key]:.0f} %" for key in ("rate", "low80", "high80")]
        after = text[text.index(f" {name} ") :]
        assert f"{shown[0]} {shown[1]} – {shown[2]} · n {rate['n_eff']:.0f}" in after
    pooled = {name for name, row in zip(names, found, strict=True) if row["promotion"]["pooled"]}
    assert pooled == {"Letters"}
    letters = text[text.rindex(" Letters ") :]
    assert "as all deals: too few of its own" in letters
    assert "as all deals" not in text[: text.rindex(" Letters ")]


def test_what_stands_out_comes_before_the_table(look, history):
    refresh_segment(history, "source")
    page = look(segment="source")
    assert 0 < page.index("Web: won") < page.index("<table")


def test_crossed_at_most_eight_sentences_and_of_how_many_segments(look, history):
    estimate = refresh_segment(history, "source,team")
    row = {"segment": 0, "stage": None, "what": "success", "factor": 2.0}
    estimate.payload["standing_out"] = [row] * 12
    estimate.save()
    page = look("admin", segment="source", **{"with": "team"})
    assert page.count("times as often as usual") == 8
    assert "4 more" in page
    assert f"Segments looked at: {len(estimate.payload['segments'])}." in page
    refresh_segment(history, "source")
    assert "Segments looked at" not in look(segment="source")


def test_where_chances_are_told_by_the_field_the_page_says_how_well(look, history):
    estimate = refresh_segment(history, "source")
    gain = estimate.payload["gain"]
    shown = f"mean squared error {gain['brier']:.3f}, by all deals alike {gain['brier_whole']:.3f}"
    assert gain["used"]
    assert shown in look(segment="source")
    refresh_segment(history, "owner")
    assert "mean squared error" not in look(segment="owner")


def test_the_stage_and_the_crossing_are_in_the_address(look, history, stages):
    refresh_segment(history, "source,team")
    page = look(segment="source", **{"with": "team"}, stage=stages["Proposal"].pk)
    assert "Rates by segment in Proposal" in page
    assert "Fairs · North" in page
    assert f'<option value="{stages["Proposal"].pk}" selected>' in page


def test_choosing_moves_the_address_and_reloading_does_not(as_user, company, history):
    client = as_user(company.owner)
    chosen = client.get(
        SEGMENTS, {"segment": "source"}, headers=HTMX | {"HX-Trigger": "segments-form"}
    )
    assert chosen["HX-Push-Url"] == f"/funnel/?pipeline={history.pk}&segment=source"
    assert "HX-Push-Url" not in client.get(SEGMENTS, {"segment": "source"}, headers=HTMX)


def test_the_page_loads_the_part_that_its_address_names(as_user, company, history):
    client = as_user(company.owner)
    page = client.get("/funnel/", {"segment": "source"}).content.decode()
    assert f'hx-get="{SEGMENTS}?segment=source"' in page
    plain = client.get(SEGMENTS, {"segment": "source"})
    assert plain["Location"] == f"/funnel/?pipeline={history.pk}&segment=source#segments"


def test_older_rates_are_shown_with_their_date_and_asked_for_once(
    look, history, company, company_day
):
    refresh_segment(history, "source")
    assert "those of all deals are newer" not in look(segment="source")
    clock.pin(company_day("2002-01-03"))
    refresh(history)
    page = look(segment="source")
    assert "These rates are of 1 Jan 2002" in page
    assert "submit, load" in page
    again = look(segment="source", asked="1")
    assert "submit, load" not in again
    assert "Compute now" in again


def test_of_owners_one_sees_those_whose_deals_one_sees(look, history):
    refresh_segment(history, "owner")
    seen = {"owner": {"Li", "Wu"}, "stranger": {"Zoe"}, "admin": {"Li", "Wu", "Zoe"}}
    for who, names in seen.items():
        page = look(who, segment="owner")
        assert {name for name in ("Li", "Wu", "Zoe") if f">{name}</a>" in page} == names


def test_a_segment_opens_to_its_deals(look, history):
    refresh_segment(history, "source")
    web = Source.objects.get(name="Web")
    assert f'href="/deals/list/?pipeline={history.pk}&amp;source={web.pk}"' in look(
        segment="source"
    )


def test_the_rates_can_be_taken_along(look, history, as_user, company):
    refresh_segment(history, "source,owner")
    page = look(segment="source", **{"with": "owner"})
    api = f"/api/v1/estimates/latest/?pipeline={history.pk}&segment=source,owner"
    assert f'href="{api.replace("&", "&amp;")}"' in page
    client = as_user(company.owner)
    rows = list(csv.DictReader(io.StringIO(client.get(f"{api}&format=csv").content.decode())))
    assert {row["segment"] for row in rows} >= {"Web · Li", "Web · Wu"}
    assert not any("Zoe" in row["segment"] for row in rows)


def test_without_history_a_sentence_says_what_is_missing(as_user, company, pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    refresh(pipeline)
    refresh_segment(pipeline, "team")
    page = as_user(company.owner).get(SEGMENTS, {"segment": "team"}, headers=HTMX)
    assert "nothing to compare yet" in page.content.decode()


def test_before_any_rates_the_page_asks_for_these_alone(as_user, company, pipeline):
    page = as_user(company.owner).get(SEGMENTS, {"segment": "team"}, headers=HTMX)
    assert "submit, load" in page.content.decode()


def test_a_failed_computation_says_so(look, history, company):
    Job.objects.create(
        kind="segments",
        target=f"{history.pk}:source",
        requested_by=company.owner,
        state=Job.State.FAILED,
        error="There is no exchange rate.",
    )
    assert "There is no exchange rate." in look(segment="source", asked="1")


def test_only_known_fields_of_known_pipelines_can_be_asked_for(as_user, company, history):
    client = as_user(company.owner)
    for pk, segment in ((history.pk, "colour"), (history.pk, ""), (99999, "team")):
        assert client.post(f"/funnel/{pk}/segments/", {"segment": segment}).status_code == 404
    assert client.get(f"/funnel/{history.pk}/segments/").status_code == 405
    assert not Estimate.objects.filter(segment="colour").exists()


def test_the_part_costs_as_many_queries_whatever_it_is_split_by(as_user, company, history):
    client = as_user(company.manager)
    costs = []
    for segment in ("source", "owner", "owner,source"):
        refresh_segment(history, segment)
        field, _comma, crossed = segment.partition(",")
        query = {"segment": field, "with": crossed}
        client.get(SEGMENTS, query, headers=HTMX)
        with CaptureQueriesContext(connection) as asked:
            client.get(SEGMENTS, query, headers=HTMX)
        costs.append(len(asked))
    # That of owners asks as well for the teams and the people whose deals one may see.
    assert costs == [costs[0], costs[0] + 2, costs[0] + 2]
    assert costs[0] <= 14


@pytest.fixture
def climbed(history, company_day):
    """As above, with 120 customers of fairs on the ladder, of whom the half are handed over, and
    three of a source of their own."""
    history.ladder.stages.create(name="Given up", order=9, part="nurturing", is_lost=True)
    year = {"start": company_day("2001-01-01"), "days": 364}
    fairs, tips = Source.objects.get(name="Fairs"), Source.objects.create(name="Tips")
    write_climb(history, **year, customers=120, handed_over=0.5, won=0.5, source=fairs)
    write_climb(history, **year, customers=3, handed_over=1.0, won=0.0, seed=3, source=tips)
    refresh(history)
    return history


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_customers_on_the_ladder_are_split_first_and_link_to_their_list(look, climbed):
    refresh_segment(climbed, "source")
    page = look(segment="source")
    suspect = climbed.ladder.stages.get(name="Suspect")
    fairs = Source.objects.get(name="Fairs")
    assert f'<option value="customer-{suspect.pk}" selected>Suspect</option>' in page
    assert f'href="/customers/?source={fairs.pk}"' in page
    text = text_of(page)
    assert "All customers 123 customers" in text
    assert "Fairs 120 customers" in text
    assert "as all customers: too few of its own" in text[text.index("Tips 3 customers") :]
    assert "from 123 customers; each counts where it belongs today." in text
    assert "at least one deal won" in text
    assert "Of the money: the" not in text


def test_a_stage_of_the_ladder_and_one_of_deals_are_told_apart_by_the_address(look, climbed):
    refresh_segment(climbed, "source")
    handing = climbed.ladder.stages.get(name="Prospect")
    page = look(segment="source", stage=f"customer-{handing.pk}")
    assert "Rates by segment in Prospect" in page
    stage = climbed.stages.get(name="Proposal")
    text = text_of(look(segment="source", stage=stage.pk))
    assert "Rates by segment in Proposal" in text
    assert "All deals" in text
    assert "customers" not in text[text.index("Rates by segment in Proposal") :]


def test_by_what_customers_do_not_have_only_deals_are_split_and_the_page_says_so(look, climbed):
    sentence = "Customers on the ladder have no product and no amount"
    for field in ("product", "source"):
        refresh_segment(climbed, field)
    page = look(segment="product")
    assert sentence in page
    assert "Suspect" not in page
    stage = climbed.stages.get(name="Proposal")
    assert sentence not in look(segment="source", stage=stage.pk)
    climbed.ladder = None
    climbed.save()
    assert sentence not in look(segment="product")


def test_two_segments_are_compared_on_the_ladder_as_well(as_user, company, climbed):
    refresh_segment(climbed, "source")
    client = as_user(company.owner)
    pks = [Source.objects.get(name=name).pk for name in ("Fairs", "Tips")]
    sides = dict(zip(("first", "second"), pks, strict=True))
    asked = {"field": "source"} | sides
    found = client.get(f"/api/v1/pipelines/{climbed.pk}/compare/", asked).json()["stages"]
    assert [(row["kind"], row["name"]) for row in found[:2]] == [
        ("customer", "Suspect"),
        ("customer", "Prospect"),
    ]
    first = found[0]
    assert first["entered"] == [120, 3]
    assert first["success_by_value"] is None
    assert (first["by_number"]["verdict"], first["success"]["verdict"]) == ("too few", "too few")
    page = client.get("/funnel/compare/", asked | {"pipeline": climbed.pk}).content.decode()
    suspect = page[page.index("Suspect") : page.index("Qualified")]
    assert "won in the end" in suspect
    assert "won of the money" not in suspect
