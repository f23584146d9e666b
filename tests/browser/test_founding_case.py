"""A manager is led through the founding case and finds a plan that can be kept."""

from playwright.sync_api import expect

PAGE = "/plans/founding/"


def slide(page, name, value):
    """Drag a slider and wait for its answer."""
    with page.expect_response(lambda r: PAGE in r.url and f"{name}={value}" in r.url):
        page.locator(f"input[name={name}]").fill(value)


def test_the_steps_lead_from_the_year_that_was_to_the_own_plan(open_as):
    page = open_as("manager", path="/plans/1/")
    page.locator(".founding-banner a").click()
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for number, title in enumerate(("What they did", "What came", "Why", "Try it", "Plan it"), 2):
        page.locator("[data-next]").click()
        expect(page.locator(".founding-title")).to_contain_text(f"{number}. {title}")
        expect(page.locator(".founding-title")).to_be_focused()
        expect(page.locator("[aria-current=step]")).to_contain_text(str(number))
        charts = page.locator("[data-chart]")
        if charts.count():
            expect(charts.first.locator("canvas")).to_be_visible()
    expect(page.locator("[data-task]")).to_have_count(4)


def test_a_plan_that_can_be_kept_is_found_with_the_controls(open_as):
    page = open_as("manager", path=f"{PAGE}?step=5")
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_have_attribute("data-verdict", "unreachable")
    slide(page, "leads", "2")
    slide(page, "target", "1.3")
    expect(verdict).to_have_attribute("data-verdict", "tight")
    slide(page, "target", "1.2")
    expect(page.locator("[data-preset].active")).to_have_count(0)
    expect(verdict).to_have_attribute("data-verdict", "reachable")
    expect(page.locator("[data-founding-live]")).to_contain_text("This can be kept")
    page.reload()
    expect(verdict).to_have_attribute("data-verdict", "reachable")


def test_people_first_loses_nobody_and_sets_the_controls(open_as):
    page = open_as("manager", path=f"{PAGE}?step=5")
    page.get_by_role("link", name="People first").click()
    expect(page.locator("[data-cell=wasted]")).to_have_text("0")
    expect(page.locator("select[name=begin]")).to_have_value("-5")
    expect(page.locator("[data-preset].active")).to_contain_text("People first")


def test_the_answer_comes_within_a_second(open_as):
    page = open_as("manager", path=f"{PAGE}?step=5")
    with page.expect_response(lambda r: "leads=2.7" in r.url) as answer:
        page.locator("input[name=leads]").fill("2.7")
    assert answer.value.request.timing["responseEnd"] < 1_000


def test_the_whole_case_fits_a_phone_in_chinese(open_as):
    page = open_as("manager", path=f"{PAGE}?step=all", width="phone", language="zh-hans")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".founding-step")).to_have_count(6)
    # Pictures take their width once they are drawn.
    width = page.evaluate("document.documentElement.clientWidth")
    expect(page.locator("html")).to_have_js_property("scrollWidth", width)
