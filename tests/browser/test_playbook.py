"""A rep plays by the book: the checklist, a text to copy, and what a stage asks for on a drop."""

from playwright.sync_api import expect

from tests.browser.test_board import cards, column, drag


def new_deal(page, name):
    page.goto("/deals/")
    page.get_by_role("link", name="New deal").click()
    dialog = page.locator("#dialog")
    expect(dialog.locator("[name=customer_name]")).to_be_focused()
    page.keyboard.type(f"{name} Works", delay=5)
    dialog.locator("[data-create]").click()
    dialog.locator("[name=name]").fill(name)
    dialog.locator("button[type=submit], button.btn-primary").last.click()
    expect(page.locator(".deal-card", has_text=name)).to_be_visible()


def test_a_checklist_is_ticked_and_unticked_by_keyboard_and_mouse(open_as):
    page = open_as("rep", path="/deals/")
    cards(page, "Negotiation").first.locator(".deal-title").click()
    play = page.locator("#play")
    expect(play).to_contain_text("0 of 4")
    lines = play.get_by_role("checkbox")
    lines.first.focus()
    page.keyboard.press("Enter")
    expect(play).to_contain_text("1 of 4")
    expect(lines.first).to_be_focused()
    expect(play).to_contain_text("Li Wei")
    lines.first.click()
    expect(play).to_contain_text("0 of 4")


def test_a_drop_asks_for_what_the_stage_needs_and_then_moves(open_as):
    page = open_as("rep", path="/deals/")
    new_deal(page, "Labeller")
    card = page.locator(".deal-card", has_text="Labeller")
    drag(page, card, column(page, "Proposal").locator(".cards"))
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Before it enters")
    expect(column(page, "Project").locator(".deal-card", has_text="Labeller")).to_have_count(1)
    dialog.locator("[name=amount]").fill("38万")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    moved = column(page, "Proposal").locator(".deal-card", has_text="Labeller")
    expect(moved).to_contain_text("380,000")
    page.get_by_role("button", name="Undo").click()
    expect(column(page, "Project").locator(".deal-card", has_text="Labeller")).to_have_count(1)


def test_the_ladder_asks_alike(open_as):
    page = open_as("rep", path="/customers/new/")
    page.locator("#dialog-body [name=name]").fill("Askable Foods")
    page.locator("#dialog-body button.btn-primary").click()
    expect(page.locator("#play")).to_contain_text("The first call")
    page.locator(".ladder").get_by_role("button", name="Qualified").click()
    page.locator("#dialog [name=industry]").fill("Food")
    page.keyboard.press("Enter")
    expect(page.locator(".ladder [aria-current]")).to_have_text("Qualified")


def test_a_manager_writes_a_line_and_sees_it_before_it_is_kept(open_as):
    page = open_as("manager", path="/playbook/")
    page.get_by_role("link", name="Write the play of Won").click()
    page.get_by_role("button", name="Add a line").click()
    page.locator("[name=line]").last.fill("Open the champagne")
    expect(page.locator("#play-preview")).to_contain_text("Open the champagne")
    page.locator("[data-row-up]").nth(2).click()
    expect(page.locator("#play-preview .play-lines li").nth(1)).to_contain_text("champagne")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast-box")).to_contain_text("Won")
    page.get_by_role("link", name="Write the play of Won").click()
    expect(page.locator("[name=line]").nth(1)).to_have_value("Open the champagne")


def test_the_keyboard_alone_answers_what_a_stage_asks_for(open_as):
    page = open_as("rep", path="/deals/")
    new_deal(page, "Capper")
    card = page.locator(".deal-card", has_text="Capper")
    card.focus()
    page.keyboard.press("Shift+ArrowRight")
    dialog = page.locator("#dialog")
    expect(dialog.locator("[name=amount]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(column(page, "Project").locator(".deal-card", has_text="Capper")).to_have_count(1)
    page.locator(".deal-card", has_text="Capper").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(dialog.locator("[name=amount]")).to_be_focused()
    page.keyboard.type("52万")
    page.keyboard.press("Enter")
    moved = column(page, "Proposal").locator(".deal-card", has_text="Capper")
    expect(moved).to_contain_text("520,000")


def test_by_touch_the_dialog_asks_and_the_card_moves(open_as):
    page = open_as("rep", path="/deals/", width="phone", touch=True)
    page.goto("/deals/new/")
    page.locator("[name=customer_name]").fill("Strapper Works")
    page.locator("[data-create]").tap()
    page.locator("[name=name]").fill("Strapper")
    page.locator("main button.btn-primary").last.tap()
    expect(page.get_by_role("heading", name="Strapper")).to_be_visible()
    page.goto("/deals/")
    card = page.locator(".deal-card", has_text="Strapper")
    card.locator("[data-move-menu]").tap()
    page.locator("#move-dialog").get_by_role("button", name="Proposal").tap()
    dialog = page.locator("#dialog")
    dialog.locator("[name=amount]").fill("120000")
    dialog.get_by_role("button", name="Save and move").tap()
    page.get_by_role("tab", name="Proposal").tap()
    moved = column(page, "Proposal").locator(".deal-card", has_text="Strapper")
    expect(moved).to_contain_text("120,000")


def asked_of_customer(page, name):
    """The part of the dialog under the customer's name."""
    return page.locator("#dialog fieldset", has_text=f"{name} Works")


def test_a_drop_asks_for_the_customers_source_beside_what_is_asked_of_the_deal(open_as):
    page = open_as("rep", path="/deals/")
    new_deal(page, "Stacker")
    card = page.locator(".deal-card", has_text="Stacker")
    drag(page, card, column(page, "Negotiation").locator(".cards"))
    of_customer = asked_of_customer(page, "Stacker")
    expect(of_customer.get_by_label("Source")).to_be_visible()
    dialog = page.locator("#dialog")
    dialog.locator("[name=amount]").fill("38万")
    dialog.locator("[name=expected_close]").fill("2002-05-01")
    dialog.get_by_role("button", name="Save and move").click()
    expect(of_customer).to_contain_text("This field is required")
    expect(dialog.locator("[name=amount]")).to_have_value("38万")
    expect(column(page, "Project").locator(".deal-card", has_text="Stacker")).to_have_count(1)
    of_customer.get_by_label("Source").select_option("Referrals")
    dialog.get_by_role("button", name="Save and move").click()
    expect(dialog).to_be_hidden()
    moved = column(page, "Negotiation").locator(".deal-card", has_text="Stacker")
    expect(moved).to_contain_text("380,000")
    moved.locator(".deal-title").click()
    page.get_by_role("link", name="Stacker Works").first.click()
    expect(page.locator("main")).to_contain_text("Referrals")


def test_the_keyboard_alone_tells_the_customers_source(open_as):
    page = open_as("rep", path="/deals/")
    new_deal(page, "Palletiser")
    page.locator(".deal-card", has_text="Palletiser").focus()
    page.keyboard.press("m")
    expect(page.locator("#move-dialog")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("#dialog [name=amount]")).to_be_focused()
    page.keyboard.type("52万")
    page.keyboard.press("Tab")
    page.locator("#dialog [name=expected_close]").press_sequentially("05012002")
    page.locator("#dialog [name=expected_close]").press("Enter")
    source = asked_of_customer(page, "Palletiser").get_by_label("Source")
    expect(source).to_be_focused()
    page.keyboard.type("Ref")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    moved = column(page, "Negotiation").locator(".deal-card", has_text="Palletiser")
    expect(moved).to_contain_text("520,000")
