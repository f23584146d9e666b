"""A rep drops files on a deal, is told what is refused, and takes an archived one back."""

from playwright.sync_api import expect

DROP = """
([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const drop = { dataTransfer: data, bubbles: true, cancelable: true };
  document.dispatchEvent(new DragEvent("drop", drop));
}
"""


CHOOSE = """
([name, text]) => {
  const chosen = new DataTransfer();
  chosen.items.add(new File([text], name));
  const input = document.querySelector("[data-files] [type=file]");
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
"""


def drop(page, name, text):
    """Let go of a file over the page, once the answer to the last one is in its place."""
    expect(page.locator("#files.htmx-added, #files.htmx-settling")).to_have_count(0)
    page.evaluate(DROP, [name, text])


def test_files_are_chosen_dropped_refused_downloaded_and_archived(open_as, tmp_path):
    page = open_as("rep", path="/deals/")
    page.locator(".deal-card .deal-title").first.click()
    files = page.locator("#files")
    offer, prices = tmp_path / "offer.pdf", tmp_path / "prices.csv"
    offer.write_bytes(b"%PDF-1.7\n1 0 obj")
    prices.write_text("name,amount\nA,5\n")
    files.locator("[type=file]").set_input_files([offer, prices])
    offered = files.get_by_role("link", name="offer.pdf", exact=True)
    expect(offered).to_be_visible()
    expect(files.get_by_role("link", name="prices.csv")).to_be_visible()

    drop(page, "page.html", "<html><script>1</script>")
    expect(files.get_by_role("alert")).to_contain_text("page.html")
    drop(page, "note.txt", "Rang them")
    expect(files.get_by_role("link", name="note.txt")).to_be_visible()
    expect(files.get_by_role("alert")).to_have_count(0)

    for link, name in (("Download offer.pdf", "offer.pdf"), ("prices.csv", "prices.csv")):
        with page.expect_download() as waiting:
            files.get_by_role("link", name=link).click()
        assert waiting.value.suggested_filename == name

    files.get_by_role("button", name="Archive offer.pdf").click()
    expect(offered).to_have_count(0)
    page.locator(".toast-box", has_text="offer.pdf").get_by_role("button", name="Undo").click()
    expect(offered).to_be_visible()


def test_files_stand_beside_a_customer_on_a_phone_too(open_as, tmp_path):
    page = open_as("rep", path="/customers/", width="phone")
    page.locator("tr[data-href] a").first.click()
    note = tmp_path / "note.txt"
    note.write_text("Rang them")
    page.locator("#files [type=file]").set_input_files(note)
    expect(page.locator("#files").get_by_role("link", name="note.txt")).to_be_visible()


def test_a_file_chosen_before_the_scripts_have_come_is_sent(open_as):
    page = open_as("rep", path="/deals/")
    scripts = []
    page.route("**/htmx*.js", lambda route: scripts.append(route), times=1)
    deal = page.locator(".deal-card .deal-title").first.get_attribute("href")
    page.goto(deal, wait_until="commit")
    page.wait_for_function("() => document.querySelector('[data-files]')")
    page.evaluate(CHOOSE, ["early.txt", "Rang them"])
    scripts[0].continue_()
    expect(page.locator("#files").get_by_role("link", name="early.txt")).to_have_count(1)
