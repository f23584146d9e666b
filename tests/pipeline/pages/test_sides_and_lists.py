"""What a comparison says of a side that has nothing, and what a list behind a number shows."""

import re
from datetime import timedelta

import pytest

from core import clock
from crm.services.customers import create_customer
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
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
def page_of(as_user):
    def get(user, address, **query):
        answer = as_user(user).get(address, query)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    return get


@pytest.fixture
def compared(as_user, company, pipeline):
    """What the API says of two sides."""

    def get(query):
        return as_user(company.admin).get(f"/api/v1/pipelines/{pipeline.pk}/compare/", query)

    return get


def periods(first, second):
    pairs = {"first": first, "second": second}
    return {
        f"{side}_{end}": pairs[side][at] for side in pairs for at, end in enumerate(("from", "to"))
    }


HALF, BEFORE, AFTER = ("2001-01", "2001-06"), ("1999-01", "1999-06"), ("2002-03", "2002-05")


@pytest.mark.parametrize("empty", [BEFORE, AFTER])
@pytest.mark.parametrize("is_first", [True, False])
def test_beside_an_empty_period_the_other_keeps_its_own_rates(compared, estimate, empty, is_first):
    own = compared(periods(HALF, HALF)).json()["stages"]
    sides = (empty, HALF) if is_first else (HALF, empty)
    has, lacks = ("second", "first") if is_first else ("first", "second")
    found = compared(periods(*sides)).json()["stages"]
    rated = [row for row in own if row["by_number"]["first"]]
    assert rated
    for row, alone in zip(found, own, strict=True):
        for what in ("by_number", "by_value"):
            if row[what] is None:
                continue
            assert row[what][has] == alone[what]["first"]
            assert row[what][lacks] is None
            assert row[what]["difference"] is None
            assert row[what]["verdict"] == "too few"
        if alone["by_number"]["first"]:
            assert row["days"] == alone["days"] > 0


def test_only_the_empty_side_says_that_nothing_entered(page_of, company, estimate):
    page = page_of(company.owner, "/funnel/compare/", **periods(HALF, AFTER))
    cells = re.findall(r'<td data-label="2001-01 to 2001-06">(.*?)</td>', page, re.DOTALL)
    assert "%" in cells[-1]
    assert "nothing entered" not in cells[-1]
    cells = re.findall(r'<td data-label="2002-03 to 2002-05">(.*?)</td>', page, re.DOTALL)
    rates = [cell for cell in cells if "compare-counts" not in cell]
    assert rates
    assert all("nothing entered" in cell for cell in rates)
    assert "Nothing to compare with." in page
    assert "Too few cases" not in page


def test_two_periods_with_stays_are_still_held_to_a_common_age(compared, estimate):
    late = ("2001-11", "2001-12")
    both = compared(periods(HALF, late)).json()["stages"]
    alone = compared(periods(HALF, HALF)).json()["stages"]
    days = [(x["days"], y["days"]) for x, y in zip(both, alone, strict=True) if all(x["entered"])]
    assert days
    assert all(common < own for common, own in days)


def test_a_segment_is_not_compared_with_itself(page_of, compared, company, pipeline, estimate):
    refresh_segment(pipeline, "owner")
    same = {"field": "owner", "first": company.owner.pk, "second": company.owner.pk}
    page = page_of(company.admin, "/funnel/compare/", **same)
    assert "A segment does not differ from itself." in page
    assert "compare-picture" not in page
    answer = compared(same)
    assert answer.status_code == 400
    assert "another segment" in answer.content.decode()


@pytest.mark.parametrize("name", ["owner", "stranger"])
def test_one_side_alone_is_compared_with_the_largest_other(
    page_of, company, pipeline, estimate, name
):
    refresh_segment(pipeline, "owner")
    for side in ("first", "second"):
        query = {"field": "owner", side: getattr(company, name).pk}
        assert "compare-picture" in page_of(company.admin, "/funnel/compare/", **query)


def test_who_has_nobody_to_compare_is_told_why(page_of, company, pipeline, estimate):
    refresh_segment(pipeline, "owner")
    page = page_of(company.owner, "/funnel/compare/", field="owner")
    assert "only of those whose deals you may see" in page
    refresh_segment(pipeline, "source")
    page = page_of(company.admin, "/funnel/compare/", field="source")
    assert "Fewer than two segments of this field have deals." in page


def test_the_browser_fills_nothing_into_the_choice(page_of, company, estimate):
    page = page_of(company.owner, "/funnel/compare/")
    form = re.search(
        r'<form method="get" class="filters compare-choice".*?</form>', page, re.DOTALL
    )
    fields = re.findall(r"<(?:select|input(?! type=\"hidden\"))[^>]*>", form[0])
    assert len(fields) == 5
    assert all('autocomplete="off"' in field for field in fields)


def test_whoever_sees_many_is_told_of_how_many_too(page_of, company, estimate, stages, monkeypatch):
    monkeypatch.setattr("pipeline.views.behind.MOST_COUNTED", 10)
    query = {"stage": stages["Qualified"].pk}
    assert "150 of 200 are yours to see." in page_of(company.owner, "/funnel/behind/", **query)


def test_the_link_to_csv_asks_for_no_page(page_of, as_user, company, estimate, stages):
    page = page_of(company.admin, "/funnel/behind/", stage=stages["Qualified"].pk)
    address = re.search(r'href="([^"]+format=csv)"', page)[1].replace("&amp;", "&")
    assert "page_size" not in address
    lines = b"".join(as_user(company.admin).get(address)).decode().splitlines()
    assert len(lines) == 1 + 200


def test_cards_show_when_it_was_entered_and_for_how_long(
    page_of, company, estimate, stages, ladder
):
    first = ladder.stages.order_by("order").first()
    deals = {"stage": stages["Qualified"].pk}
    for query in (deals, {"kind": "customer", "stage": first.pk}):
        page = page_of(company.admin, "/funnel/behind/", **query)
        rows = re.findall(r"<tr data-href=.*?</tr>", page, re.DOTALL)
        assert rows
        for row in rows:
            shown = [cell for cell in row.split("<td")[1:] if "hide-on-card" not in cell]
            text = " ".join(shown)
            assert re.search(r"Entered</span> \d", text)
            assert re.search(r"Days there</span> [\d–]", text)


PICTURES = {
    "/funnel/": ("Funnel", "New equipment"),
    "/funnel/stage/": ("Qualified", "Where they are, by days since they entered · New equipment"),
    "/funnel/trend/": ("Trend · Qualified", "What became of them, by when they entered"),
    "/funnel/compare/": ("Compare", "2001-04 to 2001-07 beside"),
}


@pytest.mark.parametrize("path", PICTURES)
def test_a_saved_picture_says_what_it_shows_and_when_it_was_known(page_of, company, estimate, path):
    title, about = PICTURES[path]
    query = periods(("2001-01", "2001-03"), ("2001-04", "2001-07")) if "compare" in path else {}
    page = page_of(company.owner, path, **query)
    button = re.search(r"<button [^>]*data-png=[^>]*>", page)[0]
    assert f'data-png-title="{title}"' in button
    assert f'data-png-about="{about}' in button
    assert "by what was known on 1 Jan 2002, 00:00" in button


def test_a_saved_table_of_segments_says_what_it_is_split_by(
    as_user, company, pipeline, estimate, stages
):
    refresh_segment(pipeline, "owner,source")
    query = {"segment": "owner", "with": "source", "stage": stages["Proposal"].pk}
    answer = as_user(company.admin).get("/funnel/segments/", query, headers={"HX-Request": "true"})
    button = re.search(r"<button [^>]*data-png=[^>]*>", answer.content.decode())[0]
    assert 'data-png-title="Rates by segment in Proposal"' in button
    assert 'data-png-about="Owner × Source · New equipment · by what was known on' in button
