from datetime import timedelta

import pytest

from core import clock
from crm.models import Activity
from crm.services.activities import log_activity
from crm.services.contacts import archive_contact, create_contact, update_contact
from crm.services.lifecycle import move_customer

pytestmark = pytest.mark.django_db

BOTH_PARTS = ("contacts", "archived_contacts")


def told(page):
    return [(entry.title, entry.text) for entry in page.context["entries"]]


def test_a_step_of_the_ladder_moves_the_customer_and_can_be_undone(
    company, hengda, ladder, as_user
):
    client = as_user(company.owner)
    prospect = ladder.stages.get(name="Prospect")
    page = client.post(f"/customers/{hengda.pk}/move/{prospect.pk}/", follow=True)
    assert hengda.positions.get().stage == prospect
    change = hengda.lifecycle_changes.live().last()
    assert f"/lifecycle-changes/{change.pk}/undo/" in page.content.decode()

    client.post(f"/lifecycle-changes/{change.pk}/undo/")
    assert hengda.positions.get().stage.name == "Suspect"
    assert client.post(f"/lifecycle-changes/{change.pk}/undo/").status_code == 302


def test_a_stage_that_is_none_is_missing(company, hengda, as_user):
    assert as_user(company.owner).post(f"/customers/{hengda.pk}/move/99/").status_code == 404


def test_what_is_done_is_logged_and_what_is_due_is_planned(company, hengda, as_user):
    client = as_user(company.owner)
    data = {"customer": hengda.pk, "kind": "call", "subject": "Asked for a quote"}
    client.post("/activities/new/", data)
    client.post("/activities/new/", data | {"kind": "task", "due_at": "2002-01-03T09:00"})
    done, planned = Activity.objects.order_by("pk")
    assert done.done_at
    assert done.owner == company.owner
    assert planned.done_at is None
    page = client.get(f"/customers/{hengda.pk}/").content.decode()
    assert "Call: Asked for a quote" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"subject": "", "due_at": "2002-03-22T09:00"}, "subject"),
        ({"kind": "dinner"}, "kind"),
        ({"kind": "task"}, "due_at"),
        ({"due_at": "the day after"}, "due_at"),
        ({"due_at": "0000-13-45T99:99"}, "due_at"),
        ({"note": "nul\x00byte"}, "note"),
        ({"customer": "x"}, "customer"),
    ],
)
def test_an_activity_that_says_too_little_is_refused(company, hengda, as_user, typed, field):
    data = {"customer": hengda.pk, "kind": "call", "subject": "Hello"} | typed
    response = as_user(company.owner).post("/activities/new/", data)
    assert response.status_code == 200
    assert response.context["form"].errors[field]


def test_an_activity_is_ticked_off_and_taken_back(company, hengda, as_user):
    due = clock.now() + timedelta(days=1)
    task = log_activity(hengda, by=company.owner, kind="task", subject="Quote", due_at=due)
    client = as_user(company.owner)
    client.post(f"/activities/{task.pk}/complete/")
    task.refresh_from_db()
    assert task.done_at
    client.post(f"/activities/{task.pk}/reopen/")
    task.refresh_from_db()
    assert task.done_at is None


def test_contacts_are_added_changed_archived_and_brought_back(company, hengda, as_user):
    client = as_user(company.owner)
    client.post("/contacts/new/", {"customer": hengda.pk, "name": "Zhao Min", "phone": "010"})
    contact = hengda.contacts.get()
    client.post(f"/contacts/{contact.pk}/edit/", {"name": "Zhao Ming", "version": 1})
    client.post(f"/contacts/{contact.pk}/archive/")
    contact.refresh_from_db()
    assert contact.name == "Zhao Ming"
    assert contact.archived_at

    # Meanwhile somebody else became the first contact.
    other = create_contact(hengda, by=company.owner, name="Qian Lei")
    client.post(f"/contacts/{contact.pk}/restore/")
    contact.refresh_from_db()
    assert contact.archived_at is None
    assert [other.is_primary, contact.is_primary] == [True, False]


def test_archived_contacts_stand_folded_beneath_the_others_until_they_are_back(
    company, hengda, as_user
):
    contact = create_contact(hengda, by=company.owner, name="Zhao Min")
    create_contact(hengda, by=company.owner, name="Qian Lei")
    client = as_user(company.owner)
    assert "Archived contacts" not in client.get(f"/customers/{hengda.pk}/").content.decode()

    page = client.post(f"/contacts/{contact.pk}/archive/", follow=True)
    assert "Archived contacts (1)" in page.content.decode()
    assert [[row.name for row in page.context[part]] for part in BOTH_PARTS] == [
        ["Qian Lei"],
        ["Zhao Min"],
    ]
    assert ("Contact archived", "Zhao Min") in told(page)
    page = client.post(f"/contacts/{contact.pk}/restore/", follow=True)
    assert ("Contact restored", "Zhao Min") in told(page)
    assert "Zhao Min is back." in page.content.decode()
    assert [row.name for row in page.context["contacts"]] == ["Zhao Min", "Qian Lei"]
    assert "Archived contacts" not in page.content.decode()


def test_who_does_not_see_the_customer_cannot_bring_its_contacts_back(company, hengda, as_user):
    contact = create_contact(hengda, by=company.owner, name="Zhao Min")
    archive_contact(contact, by=company.owner)
    assert as_user(company.stranger).post(f"/contacts/{contact.pk}/restore/").status_code == 404
    contact.refresh_from_db()
    assert contact.archived_at


def test_a_stale_contact_form_keeps_what_was_typed(company, hengda, as_user):
    contact = create_contact(hengda, by=company.owner, name="Zhao Min")
    update_contact(contact, by=company.teammate, title="Director")
    response = as_user(company.owner).post(
        f"/contacts/{contact.pk}/edit/", {"name": "Zhao Ming", "version": 1}
    )
    assert response.status_code == 200
    assert response.context["form"]["name"].value() == "Zhao Ming"
    assert response.context["form"]["title"].value() == "Director"


def test_the_page_costs_the_same_however_long_the_history(
    company, hengda, ladder, as_user, django_assert_max_num_queries
):
    for name in ("Prospect", "Customer", "Suspect", "Prospect"):
        move_customer(hengda, to=ladder.stages.get(name=name), by=company.owner)
    for n in range(30):
        log_activity(hengda, by=company.owner, kind="note", subject=f"Note {n}")
        create_contact(hengda, by=company.owner, name=f"Contact {n}")
    client = as_user(company.owner)
    client.get(f"/customers/{hengda.pk}/")
    with django_assert_max_num_queries(30):
        page = client.get(f"/customers/{hengda.pk}/").content.decode()
    assert "Show older entries" in page
    assert "Note 0" in client.get(f"/customers/{hengda.pk}/?older=40").content.decode()
