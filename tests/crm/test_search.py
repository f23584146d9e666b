"""One box over customers, contacts and deals."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.derived import fill_derived
from core.finding import search
from crm.models import Contact, Customer
from crm.services.contacts import create_contact
from crm.services.customers import archive_customer, create_customer, update_customer
from pipeline.models import Opportunity
from pipeline.services.opportunities import create_opportunity, update_opportunity

pytestmark = pytest.mark.django_db


def names(user, text, kind="customer", limit=6):
    groups = search(user, text, limit=limit)
    return [hit.name for noun, hits in groups for hit in hits if noun.kind == kind]


@pytest.fixture
def shop(company, ladder):
    """A customer with everything one may search for, and one that is like it."""
    customer = create_customer(
        by=company.owner,
        owner=company.owner,
        name="Hengda Foods Ltd",
        phone="+86 21 5555 1234",
        website="https://www.hengda.example/about",
        external_id="C-1001",
    )
    for name in ("Hengyuan Tools", "恒达食品有限公司", "Old Hengda"):
        create_customer(by=company.owner, owner=company.owner, name=name)
    return customer


@pytest.mark.parametrize(
    "text",
    [
        "hengda foods",
        "ＨＥＮＧＤＡ ｆｏｏｄｓ",
        "Hengda Foods GmbH",
        "foods hengda",
        "021-55551234",
        "5555 1234",
        "hengda.example",
        "www.hengda.example",
        "c-1001",
        "Hegnda Foods",
        "hengda fods",
    ],
)
def test_a_customer_is_found_by_whatever_is_known_of_it(company, shop, text):
    assert names(company.owner, text)[0] == "Hengda Foods Ltd"


def test_the_name_itself_comes_before_a_part_and_a_part_before_a_likeness(company, shop):
    create_customer(by=company.owner, owner=company.owner, name="Hengda")
    assert names(company.owner, "hengda") == ["Hengda", "Hengda Foods Ltd", "Old Hengda"]


@pytest.mark.parametrize("text", ["恒达", "食品", "恒", "恒达食品有限公司", "恒大食品"])
def test_chinese_names_of_two_signs_and_with_a_slip_are_found(company, shop, text):
    assert names(company.owner, text) == ["恒达食品有限公司"]


def test_contacts_and_deals_are_found_beside_customers(company, shop, pipeline):
    create_contact(
        shop, by=company.owner, name="Li Na", email="li.na@else.example", phone="13800001111"
    )
    create_opportunity(
        pipeline=pipeline, by=company.owner, owner=company.owner, name="Filling line", customer=shop
    )
    assert names(company.owner, "li na", "contact") == ["Li Na"]
    assert names(company.owner, "li.na@else.example", "contact") == ["Li Na"]
    assert names(company.owner, "138 0000 1111", "contact") == ["Li Na"]
    assert names(company.owner, "filing line", "opportunity") == ["Filling line"]


def test_nobody_finds_what_he_may_not_see(company, shop, pipeline):
    create_contact(shop, by=company.owner, name="Li Na")
    create_opportunity(pipeline=pipeline, by=company.owner, owner=company.owner, name="Hengda line")
    for text in ("hengda", "hegnda", "li na"):
        assert search(company.stranger, text, limit=6) == []
        assert search(company.teammate, text, limit=6) != []


def test_what_is_archived_is_not_found(company, shop):
    create_contact(shop, by=company.owner, name="Li Na")
    archive_customer(shop, by=company.owner)
    assert "Hengda Foods Ltd" not in names(company.owner, "hengda foods")
    assert names(company.owner, "li na", "contact") == []


def test_keys_follow_every_way_of_writing(company, shop, pipeline):
    update_customer(shop, by=company.owner, name="Lotus Tea")
    assert names(company.owner, "lotus") == ["Lotus Tea"]
    update_customer(shop, by=company.owner, phone="010 1234567")
    assert names(company.owner, "010-1234567") == ["Lotus Tea"]
    deal = create_opportunity(pipeline=pipeline, by=company.owner, owner=company.owner, name="A")
    update_opportunity(deal, by=company.owner, name="Press")
    assert names(company.owner, "press", "opportunity") == ["Press"]
    Customer.objects.bulk_create(
        [Customer(name="Bulk", owner=company.owner, created_at=shop.created_at)]
    )
    assert names(company.owner, "bulk") == ["Bulk"]


def test_rows_written_past_the_models_are_filled(company, shop, pipeline):
    create_contact(shop, by=company.owner, name="Li Na")
    create_opportunity(pipeline=pipeline, by=company.owner, name="Press")
    for model in (Customer, Contact, Opportunity):
        before = list(model.objects.order_by("pk").values())
        model.objects.update(name_key=None, search_key=None)
        fill_derived(model)
        assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "\\", "'", "\x00", "—", "x" * 300, "a\x00b", "()"]
)
def test_odd_texts_find_nothing_and_break_nothing(company, shop, as_user, text):
    answer = as_user(company.owner).get("/search/", {"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "search-group" not in answer.content.decode()


@pytest.mark.parametrize("text", ["hengda", "hegnda", "nothing like it"])
def test_the_number_of_queries_does_not_grow(company, shop, as_user, text):
    client = as_user(company.owner)

    def count():
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get("/search/", {"q": text}, headers={"HX-Request": "true"})
        return len(found)

    count()
    few = count()
    for number in range(30):
        create_customer(by=company.owner, owner=company.owner, name=f"Hengda branch {number}")
    assert count() <= few
    assert few <= 16


def test_in_vain_it_offers_to_create_the_customer(company, shop, as_user):
    client = as_user(company.owner)
    page = client.get(
        "/search/", {"q": "Zzyzx & Co"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Create customer “Zzyzx &amp; Co”" in page
    assert "/customers/new/?name=Zzyzx%20%26%20Co" in page
    form = client.get("/customers/new/?name=Zzyzx%20%26%20Co").content.decode()
    assert 'value="Zzyzx &amp; Co"' in form
