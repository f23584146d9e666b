"""A manager has the forecasts judged, reads the card, turns it over and takes it away."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

PAGE = "/funnel/model-card/"


@pytest.fixture
def judged(open_as):
    """The card's page once the worker has made one."""
    page = open_as("manager", path="/funnel/")
    page.get_by_role("link", name="Model card").first.click()
    with page.expect_event("requestfinished", is_new_card, timeout=60_000):
        page.get_by_role("button", name=re.compile("Judge (now|again)")).click()
        expect(page.locator("#judging progress")).to_be_attached()
        expect(page.locator("#judging progress")).to_have_count(0, timeout=60_000)
    expect(page.locator("#judging")).to_contain_text("Done")
    return page


def is_new_card(request):
    """What the page asks for by itself once the worker is done."""
    is_asked_by_page = "hx-request" in request.headers
    return is_asked_by_page and request.method == "GET" and PAGE in request.url


def test_the_card_is_made_by_the_worker_and_appears(judged):
    words = judged.locator(".funnel-words").first
    expect(words).to_contain_text("Had you planned")
    expect(words).to_contain_text("abrupt break")
    for name in ("card-forecasts", "card-reliability"):
        canvas = judged.locator(f"#{name} canvas")
        expect(canvas).to_be_visible()
        wait_for_colours(canvas)


def wait_for_colours(canvas):
    """Until what was forecast and what came have colours of their own, other than greys: a chart
    is drawn a moment after it is there, and anew with its size."""
    canvas.page.wait_for_function(
        """canvas => {
            if (!canvas.width || !canvas.height) return false;
            const sheet = canvas.getContext("2d");
            const { data } = sheet.getImageData(0, 0, canvas.width, canvas.height);
            const found = new Map();
            for (let i = 0; i < data.length; i += 4) {
                const point = [data[i], data[i + 1], data[i + 2]];
                if (data[i + 3] < 255 || Math.max(...point) - Math.min(...point) < 60) continue;
                const key = point.map((value) => value >> 5).join();
                found.set(key, (found.get(key) || 0) + 1);
            }
            return [...found.values()].filter((points) => points > 30).length >= 2;
        }""",
        arg=canvas.element_handle(),
    )


def test_the_other_side_of_the_card_has_an_address_of_its_own(judged):
    judged.get_by_role("link", name="Open deals only").click()
    expect(judged.locator(".funnel-words").first).to_contain_text("deals then open")
    judged.get_by_role("link", name="Money", exact=True).click()
    expect(judged).to_have_url(re.compile("leads=open.*counted=value|counted=value.*leads=open"))
    expect(judged.locator("#card-forecasts canvas")).to_be_visible()
    expect(judged.locator("table").first).to_contain_text("¥")
    judged.reload()
    expect(judged.get_by_role("link", name="Money", exact=True)).to_have_attribute(
        "aria-current", "true"
    )


def test_the_keyboard_opens_the_figures_behind_a_chart(judged):
    summary = judged.locator("details summary").first
    summary.focus()
    judged.keyboard.press("Enter")
    expect(judged.get_by_role("columnheader", name="Came")).to_be_visible()


def test_pictures_and_tables_can_be_taken_away(judged):
    for name in ("card-forecasts", "card-reliability"):
        with judged.expect_download() as download:
            judged.locator(f"[data-png={name}]").click()
        assert download.value.suggested_filename.endswith(".png")
        with open(download.value.path(), "rb") as file:
            assert file.read(4) == b"\x89PNG"
    for link in judged.get_by_role("link", name="CSV").all():
        answer = judged.request.get(link.get_attribute("href"))
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))
        assert len(rows) > 4


@pytest.mark.parametrize("width", ["wide", "phone"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_fits_in_both_languages_and_themes(open_as, width, language):
    page = open_as("rep", path=PAGE, width=width, language=language)
    assert page.get_by_role("button", name=re.compile("Judge")).count() == 0
    for theme in ("light", "dark"):
        page.evaluate(f"chooseTheme('{theme}')")
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        wider = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0
