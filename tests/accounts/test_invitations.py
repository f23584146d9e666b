import re

import pytest

from accounts.models import Invitation, User
from core.services.mails import send_due
from crm.services.customers import create_customer

pytestmark = pytest.mark.django_db
INVITED = {"email": "new@x.example", "name": "Sun Li", "role": "rep", "team": ""}
PASSWORD = {"new_password1": "step-by-step-7", "new_password2": "step-by-step-7"}


@pytest.fixture
def invite(company, as_user, mailoutbox):
    """Invite somebody; the path of the link in the letter."""

    def send(**changes):
        as_user(company.admin).post("/people/invite/", INVITED | changes)
        assert send_due() == 1
        return re.search(r"http://testserver(/invitations/\S+)", mailoutbox[-1].body)[1]

    return send


def test_whoever_is_invited_sets_a_password_and_comes_in(invite, client, mailoutbox):
    link = invite()
    assert mailoutbox[0].to == ["new@x.example"]
    assert "Ada" in mailoutbox[0].subject
    client.logout()
    assert "Sun Li" in client.get(link).content.decode()
    assert client.post(link, PASSWORD).url == "/"
    assert client.get("/me/").context["user"].name == "Sun Li"
    assert User.objects.get(email="new@x.example").check_password("step-by-step-7")


def test_a_link_opens_once_and_not_for_ever(invite, client, settings):
    link = invite()
    client.post(link, PASSWORD)
    assert client.get(link).status_code == 410
    other = invite(email="two@x.example")
    assert client.get(other).status_code == 200
    settings.INVITATION_DAYS = -1
    assert client.get(other).status_code == 410
    assert client.get("/invitations/made-up/").status_code == 410


def test_a_weak_password_is_refused_beside_the_field(invite, client):
    link = invite()
    cases = {("12345678", "12345678"): "1", ("step-by-step-7", "step-by-step-8"): "2"}
    for (first, second), field in cases.items():
        response = client.post(link, {"new_password1": first, "new_password2": second})
        assert set(response.context["form"].errors) == {f"new_password{field}"}
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "LI@x.example"}, "email"),
        ({"email": "no address"}, "email"),
        ({"name": ""}, "name"),
        ({"role": "emperor"}, "role"),
        ({"team": "77"}, "team"),
    ],
)
def test_an_invitation_that_cannot_be_sent_says_why(company, as_user, mailoutbox, typed, field):
    response = as_user(company.admin).post("/people/invite/", INVITED | typed)
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert not mailoutbox


def test_somebody_named_by_an_import_is_claimed_with_the_records(company, as_user, mailoutbox):
    imported = User.objects.create(name="Old Zhang", is_active=False, team=company.sub_team)
    customer = create_customer(by=None, name="Lotus", owner=imported)
    client = as_user(company.admin)
    address = f"/people/{imported.pk}/claim/"
    assert client.post(address, {"email": "li@x.example"}).status_code == 200
    client.post(address, {"email": "zhang@x.example"})
    send_due()
    imported.refresh_from_db()
    assert imported.is_active
    assert mailoutbox[0].to == ["zhang@x.example"]
    assert as_user(imported).get(f"/customers/{customer.pk}/").status_code == 200
    assert as_user(company.admin).post(address, {"email": "b@x.example"}).status_code == 404


def test_a_second_letter_closes_the_first(invite, company, as_user, mailoutbox):
    first = invite()
    user = User.objects.get(email="new@x.example")
    page = as_user(company.admin).post(f"/people/{user.pk}/remind/", follow=True)
    assert "A new letter goes out to new@x.example" in page.content.decode()
    assert send_due() == 1
    assert len(mailoutbox) == 2
    assert as_user(company.admin).get(first).status_code == 410


def test_whoever_came_in_cannot_be_invited_again(invite, company, client, as_user):
    client.post(invite(), PASSWORD)
    user = User.objects.get(email="new@x.example")
    assert as_user(company.admin).post(f"/people/{user.pk}/remind/").status_code == 404
    assert as_user(company.admin).post(f"/people/{company.owner.pk}/remind/").status_code == 404
