"""A call with a company nobody knew yet: the customer is made with it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from crm.models import Activity, Customer
from crm.services.activities import log_activity, update_activity
from crm.services.contacts import create_contact
from crm.services.customers import create_customer, update_customer
from crm.services.files import keep_file
from crm.services.lifecycle import move_customer
from crm.services.merges import merge_customers, undo_merge
from pipeline.services.opportunities import archive_opportunity, create_opportunity

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


@pytest.fixture
def logged(li, ladder):
    li.post(NEW, TOLD, headers=DIALOG | {"HX-Current-URL": "http://testserver/deals/"})
    return Activity.objects.select_related("customer__owner").get()


def take_back(client, activity):
    client.post(f"/activities/{activity.pk}/take-back-with-customer/")
    return [str(each) for each in client.get("/customers/").context["messages"]][-1]


def test_the_message_leads_to_the_customer_and_takes_both_back(li, logged):
    page = li.get("/").content.decode()
    assert f'"undo": "/activities/{logged.pk}/take-back-with-customer/"' in page
    assert f'"open": "/customers/{logged.customer_id}/"' in page
    assert take_back(li, logged) == "It is taken back, and Northwind Traders is archived."
    assert not Activity.objects.exists()
    customer = Customer.objects.get()
    assert customer.archived_at is not None
    li.post(f"/customers/{customer.pk}/restore/")
    customer.refresh_from_db()
    assert customer.archived_at is None


def test_what_was_planned_with_it_is_taken_back_too(li, ladder):
    planned = TOLD | {"kind": "task", "subject": "Ring back", "due_at": "2100-01-01T10:00"}
    li.post(NEW, planned, headers=DIALOG)
    assert "archived" in take_back(li, Activity.objects.get())


def a_deal(customer, company, pipeline):
    create_opportunity(pipeline=pipeline, by=company.owner, name="Line", customer=customer)


def a_deal_that_is_archived(customer, company, pipeline):
    a_deal(customer, company, pipeline)
    archive_opportunity(customer.opportunities.get(), by=company.owner)


def another_call(customer, company, pipeline):
    log_activity(customer, by=company.teammate, kind="call", subject="Again")


def a_move(customer, company, pipeline):
    to = customer.positions.get().stage.ladder.stages.get(name="Customer")
    move_customer(customer, to=to, by=company.owner)


def an_edit(customer, company, pipeline):
    update_customer(customer, by=company.owner, region="North")


def a_contact(customer, company, pipeline):
    create_contact(customer, by=company.owner, name="Ann Li")


def a_file(customer, company, pipeline):
    keep_file(SimpleUploadedFile("offer.txt", b"Dear"), by=company.owner, customer=customer)


def a_merge(customer, company, pipeline):
    other = create_customer(by=company.owner, name="Northwind", owner=company.owner)
    undo_merge(merge_customers(customer, other, by=company.owner), by=company.owner)


@pytest.mark.parametrize(
    "happen",
    [a_deal, a_deal_that_is_archived, another_call, a_move, an_edit, a_contact, a_file, a_merge],
)
def test_a_customer_with_whom_more_was_done_stays(li, logged, company, pipeline, happen):
    happen(logged.customer, company, pipeline)
    told = "It is taken back. Northwind Traders stays, for more was done with it since."
    assert take_back(li, logged) == told
    assert not Activity.objects.filter(pk=logged.pk).exists()
    assert Customer.objects.get(name="Northwind Traders").archived_at is None


def test_a_call_that_was_changed_since_stays_with_its_customer(li, logged, company):
    update_activity(logged, by=company.owner, note="And more")
    assert "archived" not in take_back(li, logged)
    assert Activity.objects.exists()
    assert Customer.objects.get().archived_at is None


def test_a_customer_who_was_there_before_is_not_archived(li, hengda, company, ladder):
    clock.pin(hengda.created_at + timedelta(hours=1))
    call = log_activity(hengda, by=company.owner, kind="call", subject="Hello")
    take_back(li, call)
    assert not Activity.objects.exists()
    hengda.refresh_from_db()
    assert hengda.archived_at is None


def test_nobody_else_takes_it_back(as_user, company, logged):
    for other in (company.teammate, company.stranger, company.manager):
        address = f"/activities/{logged.pk}/take-back-with-customer/"
        assert as_user(other).post(address).status_code == 404
    assert Activity.objects.exists()
