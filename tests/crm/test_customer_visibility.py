import pytest
from django.urls import reverse

from crm.services.activities import log_activity
from crm.services.contacts import create_contact
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("persona", "sees"),
    [("owner", True), ("teammate", True), ("manager", True), ("admin", True), ("stranger", False)],
)
def test_a_customer_is_seen_by_its_owner_the_sharing_team_and_those_above(
    company, hengda, as_user, persona, sees
):
    client = as_user(getattr(company, persona))
    assert client.get(f"/customers/{hengda.pk}/").status_code == (200 if sees else 404)
    assert ("Hengda" in client.get("/customers/").content.decode()) == sees
    assert ("Hengda" in client.get("/search/?q=heng").content.decode()) == sees
    assert ("Hengda" in client.get("/customers/options/?q=heng").content.decode()) == sees


def test_a_team_that_does_not_share_hides_the_teammates_records(company, hengda, as_user):
    company.sub_team.shares_records = False
    company.sub_team.save()
    assert as_user(company.teammate).get(f"/customers/{hengda.pk}/").status_code == 404


def test_nobodys_customer_is_seen_by_managers_only(company, as_user):
    nobodys = create_customer(by=None, name="Left behind")
    assert as_user(company.manager).get(f"/customers/{nobodys.pk}/").status_code == 200
    assert as_user(company.owner).get(f"/customers/{nobodys.pk}/").status_code == 404


def test_a_stranger_finds_no_address_of_a_customer_and_changes_nothing(
    company, hengda, ladder, as_user
):
    contact = create_contact(hengda, by=company.owner, name="Zhao Min")
    activity = log_activity(hengda, by=company.owner, kind="call", subject="Hello")
    prospect = ladder.stages.get(name="Prospect")
    change = move_customer(hengda, to=prospect, by=company.owner)
    client = as_user(company.stranger)
    for name, args in [
        ("edit_customer", [hengda.pk]),
        ("archive_customer", [hengda.pk]),
        ("restore_customer", [hengda.pk]),
        ("move_customer", [hengda.pk, prospect.pk]),
        ("undo_move", [change.pk]),
        ("edit_contact", [contact.pk]),
        ("archive_contact", [contact.pk]),
        ("restore_contact", [contact.pk]),
        ("complete_activity", [activity.pk]),
        ("reopen_activity", [activity.pk]),
    ]:
        response = client.post(reverse(f"crm:{name}", args=args), {"name": "Mine now"})
        assert response.status_code == 404, name
    hengda.refresh_from_db()
    assert (hengda.name, hengda.version) == ("Hengda Foods", 1)


def test_a_stranger_cannot_log_with_a_customer_unseen(company, hengda, as_user):
    for address in ("/activities/new/", "/contacts/new/"):
        data = {"customer": hengda.pk, "kind": "call", "subject": "x", "name": "x"}
        assert as_user(company.stranger).post(address, data).status_code == 200
    assert not hengda.activities.exists()
    assert not hengda.contacts.exists()


@pytest.mark.parametrize(
    "name", ["archive_customer", "restore_customer", "complete_activity", "undo_move"]
)
def test_changes_happen_by_post_alone(company, hengda, as_user, name):
    assert as_user(company.owner).get(reverse(f"crm:{name}", args=[1])).status_code == 405


@pytest.mark.parametrize("address", ["/", "/customers/", "/people/", "/me/", "/search/?q=a"])
def test_nobody_sees_a_page_without_signing_in(db, client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    assert client.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"]
