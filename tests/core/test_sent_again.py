"""A form whose answer was lost on the way is sent again: what it makes is made once."""

import json
import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Invitation
from core.models import IdempotencyKey
from crm.models import (
    Activity,
    AssignmentRule,
    Campaign,
    Contact,
    Customer,
    File,
    Lead,
    LeadImport,
    Source,
)
from crm.services.customers import create_customer
from pipeline.models import Opportunity
from pipeline.services.opportunities import create_opportunity

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
INLINE = {"HX-Request": "true", "HX-Target": "activity-form"}
IN_HAND = DIALOG | {"X-Form-In-Hand": "yes"}


@pytest.fixture
def hengda(company, ladder):
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)


@pytest.fixture
def typed(hengda, pipeline, company):
    """What a form is opened at and filled with, and what it makes, by its name."""
    log = "/activities/new/"
    call = {"customer": hengda.pk, "kind": "call", "note": "Two of them."}
    deal = {"customer_name": "Hengda Foods", "amount": "120000", "pipeline": pipeline.pk}
    mine = {"name": "Harbin Dairy", "owner": company.owner.pk}
    source = Source.objects.create(name="Fair")
    fair = {"name": "Fair", "source": source.pk, "starts_on": "2026-10-01", "currency": "CNY"}
    rule = {"name": "North", "regions": "North", "how": "person", "person": company.owner.pk}
    key = {"user": company.owner.pk, "name": "Shop", "scopes": ["read"]}
    newcomer = {"email": "new@x.example", "name": "New", "role": "rep", "team": company.team.pk}
    return {
        "call": (log, call, Activity),
        "next step": (f"{log}?customer={hengda.pk}", call | {"subject": "Again"}, Activity),
        "customer": ("/customers/new/", mine, Customer),
        "lead": ("/inbox/new/", {"name": "Harbin Dairy"}, Lead),
        "contact": ("/contacts/new/", {"customer": hengda.pk, "name": "Zhao Min"}, Contact),
        "deal": ("/deals/new/", deal, Opportunity),
        "deal with its customer": (
            "/deals/new/",
            deal | {"customer_name": "Harbin Dairy", "create_customer": "true"},
            Customer,
        ),
        "campaign": ("/customers/campaigns/new/", fair, Campaign),
        "rule": ("/inbox/rules/new/", rule, AssignmentRule),
        "invitation": ("/people/invite/", newcomer, Invitation),
        "API key": ("/people/keys/new/", key, ApiKey),
    }


KINDS = {
    **dict.fromkeys(["call", "next step", "customer", "lead", "contact", "deal"], "owner"),
    "deal with its customer": "owner",
    **dict.fromkeys(["campaign", "rule"], "manager"),
    **dict.fromkeys(["invitation", "API key"], "admin"),
}


def key_in(answer):
    return re.search(r'name="once" value="([^"]+)"', answer.content.decode())[1]


def told(answer):
    """Where an answer leads, and what it says over the page or leaves for the next one."""
    led = {name: value for name, value in answer.items() if name.startswith(("HX-", "Location"))}
    return answer.status_code, led, answer.cookies.get("messages", "") and "said"


@pytest.fixture
def open_form(as_user, company, typed):
    """``open_form("call")``: a function that posts the form, and what it makes."""

    def opened(kind, headers=DIALOG):
        client = as_user(getattr(company, KINDS[kind]))
        address, data, model = typed[kind]
        shown = client.get(address, headers=headers if headers is not INLINE else DIALOG)
        data = data | {"once": key_in(shown)}

        def post(**changes):
            # A form that a draft was put back into has another token than the one before.
            token = {"csrfmiddlewaretoken": uuid4().hex}
            return client.post(address, data | token | changes, headers=headers)

        return post, model

    return opened


@pytest.mark.parametrize("headers", [DIALOG, IN_HAND, {}], ids=["dialog", "in hand", "page"])
@pytest.mark.parametrize("kind", KINDS)
def test_sent_again_it_is_made_once_and_answered_alike(open_form, kind, headers):
    post, model = open_form(kind, headers)
    before = model.objects.count()
    first, again = post(), post()
    assert first.status_code in (204, 302)
    assert told(again) == told(first)
    assert model.objects.count() == before + 1


def test_the_form_on_a_customer_s_page_is_done_once(as_user, company, hengda, open_form):
    assert key_in(as_user(company.owner).get(f"/customers/{hengda.pk}/"))
    post, model = open_form("call", INLINE)
    assert told(post()) == told(post())
    assert model.objects.count() == 1


def test_what_was_said_is_said_again_with_its_undo(open_form):
    post, _model = open_form("customer", IN_HAND)
    first, again = post(), post()
    said = json.loads(again["HX-Trigger"])["toast"]["toasts"]
    assert [toast["text"] for toast in said] == ["Harbin Dairy is on the books."]
    assert said[0]["open"] == f"/customers/{Customer.objects.get(name='Harbin Dairy').pk}/"
    assert first["HX-Trigger"] == again["HX-Trigger"]


def test_a_planned_call_is_reported_once(open_form, as_user, company, hengda):
    """The second time nothing is planned any more that the form could name."""
    plan = {"customer": hengda.pk, "kind": "call", "subject": "Offer", "due_at": "2026-03-04T12:00"}
    as_user(company.owner).post("/activities/new/", plan)
    planned = Activity.objects.get()
    post, _model = open_form("call")
    first = post(planned=planned.pk)
    assert first["HX-Refresh"] or first["HX-Redirect"]
    assert told(post(planned=planned.pk)) == told(first)
    assert Activity.objects.get().done_at


@pytest.mark.parametrize(
    ("kind", "change", "at"),
    [
        ("call", {"note": "Three of them."}, "/activities/%s/edit/"),
        ("customer", {"name": "Harbin Foods"}, "/customers/%s/"),
        ("deal", {"amount": "130000"}, "/deals/%s/"),
    ],
)
def test_something_else_under_the_key_is_refused_with_a_way_to_what_is_there(
    open_form, kind, change, at
):
    post, model = open_form(kind)
    post()
    there = model.objects.latest("pk")
    before = model.objects.count()
    refused = post(**change)
    told = refused.content.decode()
    assert "saved already" in told
    assert f'href="{at % there.pk}"' in told
    # The form stays, with what was typed.
    assert refused["HX-Retarget"] == "this"
    assert refused["HX-Reswap"].startswith("afterbegin")
    assert "<form" not in told
    assert model.objects.count() == before


def test_a_page_that_is_refused_so_is_a_new_form(open_form, client):
    post, _model = open_form("deal", {})
    post()
    refused = post(amount="130000")
    assert (refused.status_code, refused["Location"]) == (302, "/deals/new/")
    page = client.get("/deals/new/").content.decode()
    assert "saved already" in page


def test_a_refused_form_keeps_its_key_and_is_done_once_when_mended(open_form):
    post, model = open_form("customer")
    refused = post(name="", once="k1")
    assert refused.status_code == 200
    assert key_in(refused) == "k1"
    assert not IdempotencyKey.objects.exists()
    assert told(post(once="k1")) == told(post(once="k1"))
    assert model.objects.filter(name="Harbin Dairy").count() == 1


def test_every_form_has_a_key_of_its_own(as_user, company, hengda):
    client = as_user(company.owner)
    shown = {key_in(client.get("/customers/new/", headers=DIALOG)) for _ in range(3)}
    assert len(shown) == 3


def test_a_key_is_its_person_s_own(open_form, as_user, company):
    post, model = open_form("customer")
    post(once="k1")
    as_user(company.stranger)
    post(once="k1", owner=company.stranger.pk)
    assert model.objects.filter(name="Harbin Dairy").count() == 2


@pytest.mark.parametrize("key", ["", "x" * 65, "a\tb"])
def test_without_a_key_that_is_one_each_is_made(open_form, key):
    post, model = open_form("customer")
    post(once=key)
    post(once=key)
    assert model.objects.filter(name="Harbin Dairy").count() == 2


def test_what_is_kept_is_small(open_form):
    for kind in ("call", "customer", "deal"):
        open_form(kind)[0]()
    assert max(len(row.body) for row in IdempotencyKey.objects.all()) < 400


def test_the_key_costs_two_queries(open_form):
    """And on PostgreSQL the lock; that it is all one transaction costs savepoints only in tests."""
    post, _model = open_form("customer")
    post(once="")

    def cost(key):
        with CaptureQueriesContext(connection) as queries:
            post(once=key)
        return [row["sql"] for row in queries if "SAVEPOINT" not in row["sql"]]

    lock = connection.vendor == "postgresql"
    assert len(cost("k1")) == len(cost("")) + 2 + lock


@pytest.fixture
def pages(hengda, company, pipeline):
    deal = create_opportunity(
        pipeline=pipeline, by=company.owner, name="Line", customer=hengda, amount=5
    )
    return {"customers": f"/customers/{hengda.pk}/", "deals": f"/deals/{deal.pk}/"}


def sent(client, page, key, *files):
    body = {"once": key, "file": [SimpleUploadedFile(name, text) for name, text in files]}
    return client.post(
        f"/files{page}upload/", body, headers={"HX-Request": "true", "HX-Target": "files"}
    )


@pytest.mark.parametrize("noun", ["customers", "deals"])
def test_a_file_sent_again_is_kept_once(as_user, company, pages, noun):
    client, page = as_user(company.owner), pages[noun]
    shown = client.get(page).content.decode()
    key = re.search(r'name="once" value="([^"]+)"', shown[shown.index("data-files") :])[1]
    files = [("a.txt", b"one"), ("b.txt", b"two")]
    first, again = (sent(client, page, key, *files) for _ in range(2))
    assert [first.status_code, again.status_code] == [200, 200]
    assert first["HX-Trigger"] == again["HX-Trigger"]
    assert File.objects.count() == 2
    assert again.content.decode().count("a.txt") == first.content.decode().count("a.txt")
    # The next ones are kept under the card's next key, the same file too.
    assert key_in(again) != key


def test_another_file_dropped_instead_is_kept(as_user, company, pages):
    client, page = as_user(company.owner), pages["customers"]
    sent(client, page, "k1", ("a.txt", b"one"))
    sent(client, page, "k1", ("a.txt", b"two"), ("c.html", b"<html>"))
    assert File.objects.count() == 2


def test_leads_of_a_file_are_imported_once(as_user, company, ladder):
    client = as_user(company.manager)
    key = key_in(client.get("/inbox/import/", headers=DIALOG))

    def send(text="Company,Phone\nHarbin Dairy,0451 888 1234\n", **data):
        body = {"file": SimpleUploadedFile("fair.csv", text.encode()), "once": key} | data
        return client.post("/inbox/import/", body, headers=DIALOG)

    assert key_in(client.get("/inbox/import/", headers=DIALOG)) != key
    send()
    assert not LeadImport.objects.exists()
    first = send(do="import")
    made = LeadImport.objects.get()
    # By then the worker has made them, and none would be wanted.
    create_customer(by=company.manager, name="Harbin Dairy", owner=company.manager)
    again = send(do="import", region="1")
    assert first["HX-Retarget"] == again["HX-Retarget"] == "#dialog-body"
    assert "fair.csv" in again.content.decode()
    assert LeadImport.objects.get() == made
    send("Company,Phone\nDalian Foods,0411 888 1234\n", do="import")
    assert LeadImport.objects.count() == 2
