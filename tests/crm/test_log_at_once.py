"""What the form of an activity begins with, and how little of it a report needs."""

import pytest

from crm.models import Activity

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
BEGIN = '<textarea name="note" cols="40" rows="2" data-begin'


@pytest.fixture
def li(as_user, company):
    return as_user(company.owner)


def shown(client, query):
    return client.get(f"/activities/new/?{query}", headers=DIALOG).content.decode()


@pytest.mark.parametrize("kind", ["call", "meeting", "email", "note"])
def test_typing_begins_in_the_note_of_a_report(li, hengda, kind):
    assert BEGIN in shown(li, f"customer={hengda.pk}&kind={kind}")


def test_so_it_does_where_nobody_is_named_yet(li):
    assert BEGIN in shown(li, "")


@pytest.mark.parametrize("query", ["kind=call&plan", "kind=task"])
def test_a_plan_begins_elsewhere(li, hengda, query):
    assert "data-begin" not in shown(li, f"customer={hengda.pk}&{query}")


def test_a_report_without_a_subject_is_called_after_its_kind(li, hengda):
    data = {"customer": hengda.pk, "kind": "meeting", "subject": "", "note": "Two of them."}
    li.post("/activities/new/", data)
    assert Activity.objects.get().subject == "Meeting"


@pytest.mark.parametrize("kind", ["task", "call"])
def test_a_plan_says_what_about(li, hengda, kind):
    data = {"customer": hengda.pk, "kind": kind, "subject": " ", "due_at": "2002-03-22T09:00"}
    answer = li.post("/activities/new/", data, headers=DIALOG)
    assert list(answer.context["form"].errors) == ["subject"]
    assert not Activity.objects.exists()


def test_saved_on_a_page_of_its_own_it_goes_on_to_the_customer(li, hengda):
    address = f"/activities/new/?customer={hengda.pk}"
    data = {"customer": hengda.pk, "kind": "call"}
    own = DIALOG | {"HX-Current-URL": f"http://testserver{address}"}
    assert li.post(address, data, headers=own)["HX-Redirect"] == f"/customers/{hengda.pk}/"
    board = DIALOG | {"HX-Current-URL": "http://testserver/deals/"}
    assert li.post(address, data, headers=board)["HX-Refresh"] == "true"


def test_a_next_step_looked_at_again_proposes_the_same(li, hengda):
    data = {"customer": hengda.pk, "kind": "call", "subject": "Offer"}
    li.post("/activities/new/", data)
    query = f"customer={hengda.pk}&after={Activity.objects.get().pk}"
    form = li.get(f"/activities/new/?{query}", headers=DIALOG).context["form"]
    assert form["subject"].value() == "Follow up: Offer"
    assert form["due_at"].value()
