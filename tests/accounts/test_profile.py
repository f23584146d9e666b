import re

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_language_theme_and_zone_are_remembered_with_the_person(company, as_user):
    client = as_user(company.owner)
    data = {
        "name": "Li Wei",
        "language": "zh-hans",
        "theme": "dark",
        "time_zone": "Europe/Berlin",
        "remind_before": "1_hour",
    }
    client.post("/me/", data)
    company.owner.refresh_from_db()
    assert company.owner.time_zone == "Europe/Berlin"
    page = client.get("/me/").content.decode()
    assert '<html lang="zh-hans"' in page
    assert 'data-bs-theme="dark"' in page


def test_choices_begin_with_a_capital(company, as_user):
    page = as_user(company.owner).get("/me/").content.decode()
    assert re.findall(r'value="(?:auto|light|dark)"[^>]*>(\w+)</option>', page) == [
        "Automatic",
        "Light",
        "Dark",
    ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"language": "tlh"}, "language"),
        ({"theme": "pink"}, "theme"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"remind_before": "never"}, "remind_before"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(company, as_user, typed, field):
    data = {"name": "Li", "language": "", "theme": "auto", "time_zone": ""}
    data |= {"remind_before": "15_min"} | typed
    response = as_user(company.owner).post("/me/", data)
    assert response.context["profile_form"].errors[field]


def test_the_password_is_changed_without_being_signed_out(company, as_user):
    client = as_user(company.owner)
    data = {
        "old_password": "pw",
        "new_password1": "step-by-step-7",
        "new_password2": "step-by-step-7",
    }
    wrong = client.post("/me/password/", data | {"old_password": "guess"})
    assert wrong.context["password_form"].errors["old_password"]
    client.post("/me/password/", data)
    assert client.get("/me/").status_code == 200
    company.owner.refresh_from_db()
    assert company.owner.check_password("step-by-step-7")


def test_pages_of_the_sign_in_library_that_have_no_place_here_lead_to_me(company, as_user):
    for name in ("account_change_password", "account_email", "account_set_password"):
        assert as_user(company.owner).get(reverse(name)).url == "/me/"
