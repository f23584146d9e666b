"""The funnel page asks the worker for new rates and shows how far it is."""

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
