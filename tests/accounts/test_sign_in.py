import re
import secrets

import pytest

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(company):
    company.owner.set_password("step-by-step-7")
    company.owner.save()
    return company.owner


def test_signing_in_by_email_leads_where_one_wanted_to_go(client, li):
    data = {"login": "LI@x.example", "password": "step-by-step-7", "next": "/customers/"}
    assert client.post("/accounts/login/", data).url == "/customers/"
    client.post("/accounts/logout/")
    assert client.get("/customers/").status_code == 302


@pytest.mark.parametrize(
    ("target", "back"),
    [
        ("dialog-body", "/contacts/new/"),
        ("results", "/customers/%3Fq%3Da"),
        ("", "/customers/%3Fq%3Da"),
    ],
)
def test_whose_session_ends_comes_back_to_the_dialog_or_else_to_the_page(client, db, target, back):
    page = {"HX-Request": "true", "HX-Current-URL": "http://testserver/customers/?q=a"}
    answer = client.get("/contacts/new/", headers=page | {"HX-Target": target})
    assert answer["HX-Redirect"] == f"/accounts/login/?next={back}"


@pytest.mark.parametrize(
    ("email", "password"),
    [("li@x.example", "wrong"), ("who@x.example", "step-by-step-7"), ("li@x.example", "a\x00b")],
)
def test_a_wrong_sign_in_says_the_same_whoever_it_is(client, li, email, password):
    response = client.post("/accounts/login/", {"login": email, "password": password})
    assert response.status_code == 200
    assert response.context["form"].errors


def test_who_guesses_behind_a_proxy_locks_out_nobody_else(client, li, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def sign_in(login, password, *, address):
        # The proxy adds whom it heard; what stands before that anybody may have written.
        forwarded = f"203.0.113.{secrets.randbelow(255)}, {address}"
        data = {"login": login, "password": password}
        return client.post("/accounts/login/", data, headers={"X-Forwarded-For": forwarded})

    for number in range(11):
        refused = sign_in(f"guess{number}@x.example", "wrong", address="198.51.100.7")
    assert "Too many" in refused.content.decode()
    late = sign_in("li@x.example", "step-by-step-7", address="198.51.100.7")
    assert late.status_code == 200, "who guessed so often has to wait"
    assert sign_in("li@x.example", "step-by-step-7", address="198.51.100.8").status_code == 302


def test_somebody_locked_does_not_come_in(client, li):
    User.objects.update(is_active=False)
    data = {"login": "li@x.example", "password": "step-by-step-7"}
    client.post("/accounts/login/", data)
    assert client.get("/").status_code == 302


def test_nobody_signs_up_alone(client, db):
    client.post("/accounts/signup/", {"email": "n@x.example", "password1": "step-by-step-7"})
    assert not User.objects.exists()


def test_a_forgotten_password_is_set_anew_by_the_letters_link(client, li, mailoutbox):
    client.post("/accounts/password/reset/", {"email": "li@x.example"})
    letter = mailoutbox[0]
    assert letter.subject == "Set a new password for Stepwise"
    link = re.search(r"http://testserver(\S+)", letter.body)[1]
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    weak = client.post(address, {"password1": "123", "password2": "123"})
    assert weak.context["form"].errors
    client.post(address, {"password1": "seven-steps-8", "password2": "seven-steps-8"})
    li.refresh_from_db()
    assert li.check_password("seven-steps-8")
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_a_reset_for_an_unknown_email_tells_nothing(client, li, mailoutbox):
    known = client.post("/accounts/password/reset/", {"email": "li@x.example"})
    unknown = client.post("/accounts/password/reset/", {"email": "who@x.example"})
    assert known.url == unknown.url
    assert "password_reset" not in mailoutbox[1].body
    assert "http" not in mailoutbox[1].body
