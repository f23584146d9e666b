"""The funnel page asks the worker for new rates and shows how far it is."""

import base64
import struct
from pathlib import Path

import pytest
from playwright.sync_api import expect


def test_recompute_runs_in_the_worker_and_the_page_renews_itself(open_as):
    page = open_as("manager", path="/funnel/")
    asked = []
    page.on("response", lambda r: asked.append(r.url))
    page.get_by_role("button", name="Recompute now").click()
    expect(page.locator("progress").first).to_be_attached()
    expect(page.locator(".job progress")).to_have_count(0, timeout=30_000)
    assert any("/jobs/" in url for url in asked), "the page asked how far the job was"
    expect(page.get_by_role("button", name="Recompute now")).to_be_enabled()
    expect(page.locator("table")).to_contain_text("Negotiation")


def test_after_a_change_the_page_waits_for_newer_rates_and_shows_them_by_itself(open_as, stack):
    marked = "from datetime import timedelta; from core.services import dirty;"
    marked += "dirty.mark('estimates:1', quiet=timedelta(seconds=15))"
    stack.manage("shell", "-c", marked)
    page = open_as("manager", path="/funnel/")
    waiting = page.get_by_text("Newer rates are being computed and will appear here.")
    expect(waiting).to_be_visible()
    page.evaluate("window.isTheSamePage = true")
    expect(waiting).to_have_count(0, timeout=60_000)
    expect(page.locator("table").first).to_contain_text("Negotiation")
    assert page.evaluate("window.isTheSamePage")


def test_a_number_of_the_funnel_opens_to_the_deals_behind_it(open_as):
    page = open_as("admin", path="/funnel/")
    row = page.locator("table tr", has=page.get_by_role("rowheader", name="Negotiation")).first
    lost = row.locator("[data-label='Lost'] a")
    number = int(lost.inner_text().replace(",", ""))
    lost.click()
    expect(page.get_by_role("heading", name="Lost from Negotiation")).to_be_visible()
    expect(page.get_by_text(f"{number}, all that were counted.")).to_be_visible()
    seen = page.locator("tr[data-href]").count()
    while page.get_by_role("link", name="Next").count():
        page.get_by_role("link", name="Next").click()
        page.wait_for_load_state()
        seen += page.locator("tr[data-href]").count()
    assert seen == number


PICTURES = {
    "/funnel/": "#funnel-picture",
    "/funnel/stage/": "#dwell-chart",
    "/funnel/trend/": "#trend-chart",
    "/funnel/compare/": "#compare-picture",
}


HEAD = 12 + 1.35 * 16 + 1.35 * 12


@pytest.mark.parametrize("path", PICTURES)
def test_every_picture_is_saved_as_png_in_its_colours_at_twice_its_size(open_as, path):
    page = open_as("manager", path=path)
    picture = page.locator(PICTURES[path])
    expect(picture).to_be_visible()
    page.wait_for_timeout(600)
    box = picture.bounding_box()
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    # What is made of drawings and words has a margin, a chart has its own.
    margin = 0 if "chart" in PICTURES[path] else 24
    assert width == pytest.approx(2 * (box["width"] + margin), abs=4)
    # Over it stand two lines: what it is, and of which pipeline and when.
    assert height == pytest.approx(2 * (box["height"] + margin + HEAD), abs=4)
    assert colours_in(page, content) > 20


def colours_in(page, content):
    """How many colours a picture has: a blank one has one, one without its styles two."""
    return page.evaluate(
        """async (data) => {
          const image = new Image();
          image.src = `data:image/png;base64,${data}`;
          await image.decode();
          const { width, height } = image;
          const sheet = Object.assign(document.createElement("canvas"), { width, height });
          const pen = sheet.getContext("2d");
          pen.drawImage(image, 0, 0);
          const { data: bytes } = pen.getImageData(0, 0, width, height);
          return new Set(new Uint32Array(bytes.buffer)).size;
        }""",
        base64.b64encode(content).decode(),
    )


@pytest.mark.parametrize("path", ["/funnel/stage/", "/funnel/trend/", "/funnel/compare/"])
def test_on_a_phone_nothing_is_wider_than_the_screen(open_as, path):
    page = open_as("rep", path=path, width="phone")
    expect(page.get_by_role("navigation", name="Ways to look at the funnel")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_trend_is_switched_by_keys_and_says_so_in_the_address(open_as):
    page = open_as("rep", path="/funnel/trend/")
    page.get_by_role("link", name="Years").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**by=year**")
    expect(page.get_by_role("link", name="Years")).to_have_attribute("aria-current", "true")
    page.get_by_label("Stage", exact=True).select_option(label="Proposal")
    page.wait_for_url("**stage=opportunity-**")
    expect(page.get_by_role("heading", name="Trend · Proposal")).to_be_visible()
    assert "by=year" in page.url
