"""A call with a company nobody knew yet: the customer is made with it."""

import pytest

from crm.models import Activity, Customer

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
NEW = "/activities/new/"
TOLD = {
    "customer_name": "Northwind Traders",
    "create_customer": "true",
    "customer_phone": "021 5555 1234",
    "customer_website": "northwind.example",
    "kind": "call",
    "note": "They rang and want a quote.",
}


@pytest.fixture
def li(as_user, company):
    return as_user(company.owner)


def test_the_customer_is_made_with_the_call(li, company, ladder):
    on_its_page = DIALOG | {"HX-Current-URL": f"http://testserver{NEW}"}
    answer = li.post(NEW, TOLD, headers=on_its_page)
    activity = Activity.objects.select_related("customer").get()
    made = activity.customer
    assert (made.name, made.owner) == ("Northwind Traders", company.owner)
    assert (made.phone, made.website) == ("021 5555 1234", "northwind.example")
    assert (activity.note, activity.owner) == (TOLD["note"], company.owner)
    assert made.positions.count() == 1
    assert answer["HX-Redirect"] == f"/customers/{made.pk}/"


def test_over_a_page_the_person_stays_and_is_led_to_the_customer(li, ladder):
    over = DIALOG | {"HX-Current-URL": "http://testserver/deals/"}
    answer = li.post(NEW, TOLD, headers=over)
    assert answer["HX-Refresh"] == "true"
    page = li.get("/").content.decode()
    made = Customer.objects.get()
    assert "Logged. Northwind Traders is on the books." in page
    assert f'"open": "/customers/{made.pk}/"' in page


def test_it_is_made_only_where_asked_for_and_what_was_typed_stays(li, ladder):
    answer = li.post(NEW, TOLD | {"create_customer": ""}, headers=DIALOG)
    page = answer.content.decode()
    assert "There is no customer of this name" in page
    assert 'value="Northwind Traders"' in page
    assert TOLD["note"] in page
    assert not Customer.objects.exists()


def test_a_refused_call_leaves_no_customer_behind(li, ladder):
    answer = li.post(NEW, TOLD | {"minutes": "half a day"}, headers=DIALOG)
    page = answer.content.decode()
    assert 'name="create_customer" value="true"' in page
    assert 'value="021 5555 1234"' in page
    assert "data-new-customer>" in page
    assert not Customer.objects.exists()


def test_a_known_name_is_taken_for_the_customer(li, hengda):
    li.post(NEW, TOLD | {"customer_name": "hengda foods"}, headers=DIALOG)
    assert Activity.objects.get().customer == hengda
    assert Customer.objects.count() == 1


def test_nobody_at_all_is_asked_for(li, ladder):
    answer = li.post(NEW, TOLD | {"customer_name": " "}, headers=DIALOG)
    assert list(answer.context["form"].errors) == ["customer_name"]


def test_of_a_known_customer_no_name_is_asked(li, hengda):
    page = li.get(f"{NEW}?customer={hengda.pk}", headers=DIALOG).content.decode()
    assert "customer_name" not in page
    assert "customer_name" in li.get(NEW, headers=DIALOG).content.decode()


def test_one_that_is_gone_meanwhile_is_said_to_be(li, hengda):
    told = {"customer": hengda.pk, "kind": "call", "note": "A long talk"}
    Customer.objects.update(archived_at=hengda.created_at)
    answer = li.post(f"{NEW}?customer={hengda.pk}", told, headers=DIALOG)
    page = answer.content.decode()
    assert "This customer is not there any more." in page
    assert "A long talk" in page


def test_a_customer_out_of_sight_is_not_taken_for_the_one_named(as_user, company, hengda):
    stranger = as_user(company.stranger)
    stranger.post(NEW, TOLD | {"customer_name": "Hengda Foods"}, headers=DIALOG)
    made = Activity.objects.get().customer
    assert made != hengda
    assert made.owner == company.stranger
