"""A rep looks at pictures and PDFs of a customer or deal without leaving its page."""

import base64
import struct
import zlib

import pytest
from playwright.sync_api import expect

RED_SHARE = """
async (png) => {
  const picture = new Image();
  picture.src = `data:image/png;base64,${png}`;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  const { data } = canvas.getImageData(0, 0, picture.width, picture.height);
  let red = 0;
  for (let i = 0; i < data.length; i += 4) red += data[i] > 250 && data[i + 1] + data[i + 2] < 9;
  return (4 * red) / data.length;
}
"""


def png(width, height):
    """A grey picture of that size."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


# One page, red from edge to edge.
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 4 0 R>>endobj
4 0 obj<</Length 25>>stream
1 0 0 rg 0 0 600 600 re f
endstream endobj
trailer<</Root 1 0 R>>
"""
# By its first bytes a picture; the rest of it was lost.
BROKEN = b"\x89PNG\r\n\x1a\n" + bytes(20)
FILES = {"photo.png": png(320, 200), "offer.pdf": PDF, "note.txt": b"Rang them"}


@pytest.fixture
def open_files(open_as, tmp_path):
    """Files on the page of a deal or customer that has no others: the page, their card, the dialog.

    The list has the last of them first.
    """

    def opened(path, row, files=FILES, **options):
        page = open_as("rep", path=path, **options)
        page.locator(".deal-card .deal-title, tr[data-href] td:first-child a").nth(row).click()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        card = page.locator("#files")
        card.locator("[type=file]").set_input_files([tmp_path / name for name in files])
        for name in files:
            expect(link_to(card, name)).to_be_visible()
        # Right after an answer nobody listens to its buttons yet.
        expect(page.locator("#files.htmx-added, #files.htmx-settling")).to_have_count(0)
        return page, card, page.locator("dialog.look")

    return opened


def link_to(card, name):
    return card.get_by_role("link", name=name, exact=True)


def expect_picture(dialog):
    picture = dialog.get_by_role("img", name="photo.png")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 320)
    expect(picture).to_have_js_property("complete", True)


def expect_pdf(page, dialog):
    frame = dialog.locator("iframe[title='offer.pdf']")
    expect(frame).to_be_visible()
    for _ in range(20):
        shot = base64.b64encode(frame.screenshot()).decode()
        if page.evaluate(RED_SHARE, shot) > 0.2:
            return
        page.wait_for_timeout(200)
    raise AssertionError("the PDF is not shown")


def test_by_mouse_a_picture_and_a_pdf_open_in_their_turn(open_files):
    page, card, dialog = open_files("/deals/", 2)
    # The list is another one after this.
    card.get_by_role("button", name="Archive note.txt").click()
    expect(link_to(card, "note.txt")).to_have_count(0)
    link_to(card, "photo.png").click()
    expect_picture(dialog)
    expect(dialog.get_by_role("heading")).to_have_text("photo.png")
    expect(dialog).to_contain_text("Li Wei")
    expect(dialog).to_contain_text("bytes")
    expect(dialog).to_contain_text("2 / 2")

    dialog.get_by_role("button", name="Next file").click()
    expect(dialog.get_by_role("heading")).to_have_text("offer.pdf")
    expect_pdf(page, dialog)
    with page.expect_download() as waiting:
        dialog.get_by_role("link", name="Download").click()
    assert waiting.value.suggested_filename == "offer.pdf"

    dialog.get_by_role("button", name="Previous file").click()
    expect_picture(dialog)
    with page.context.expect_page() as beside:
        dialog.get_by_role("link", name="Open in a new tab").click()
    alone = beside.value.locator("img")
    expect(alone).to_have_js_property("naturalWidth", 320)
    beside.value.close()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_by_keyboard_arrows_turn_and_escape_gives_the_focus_back(open_files):
    page, card, dialog = open_files("/customers/", 1)
    opener = link_to(card, "photo.png")
    opener.focus()
    page.keyboard.press("Enter")
    expect_picture(dialog)
    page.keyboard.press("ArrowLeft")
    expect_pdf(page, dialog)
    page.keyboard.press("ArrowRight")
    expect_picture(dialog)
    dialog.get_by_role("img").click()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading")).to_have_text("offer.pdf")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_on_a_phone_a_picture_opens_by_touch_and_a_pdf_on_a_page_of_its_own(open_files):
    phone = {"width": "phone", "touch": True, "language": "zh-hans"}
    page, card, dialog = open_files("/customers/", 2, **phone)
    link_to(card, "photo.png").tap()
    expect_picture(dialog)
    dialog.get_by_role("button", name="下一个文件").tap()
    expect(dialog.get_by_role("heading")).to_have_text("offer.pdf")
    expect(dialog.locator("iframe")).to_have_count(0)
    with page.context.expect_page() as beside:
        dialog.get_by_role("link", name="打开 PDF").tap()
    assert beside.value.url.endswith("/preview/")
    beside.value.close()
    assert dialog.evaluate("(element) => element.scrollWidth <= 390")
    dialog.get_by_role("button", name="关闭").tap()
    expect(dialog).to_have_count(0)


def test_a_picture_that_cannot_be_shown_says_so_and_can_be_downloaded(open_files):
    page, card, dialog = open_files("/deals/", 3, files={"lost.png": BROKEN})
    link_to(card, "lost.png").click()
    expect(dialog.get_by_role("alert")).to_contain_text("cannot be shown")
    with page.expect_download():
        dialog.get_by_role("link", name="Download").click()
