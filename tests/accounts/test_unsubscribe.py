"""Turning reminders by email off: in the profile, by a link, by a mail program."""

import pytest
from django.core import mail
from django.test import Client

from accounts.unsubscribing import unsubscribe_url
from core import clock
from core.models import Mail, Notice
from core.tasks import send_mails
from crm.services.activities import log_activity
from crm.services.customers import create_customer
from crm.services.reminders import fire_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(company, ladder):
    customer = create_customer(by=company.owner, name="Hengda", owner=company.owner)
    at = clock.now()
    return log_activity(customer, by=company.owner, kind="call", subject="Ring", due_at=at)


@pytest.fixture
def address(company, settings):
    return unsubscribe_url(company.owner).removeprefix(settings.SITE_URL)


def wants_emails(user):
    user.refresh_from_db()
    return user.reminder_emails


def test_the_letter_names_the_address_where_mail_programs_look(company, due, settings):
    settings.SITE_URL = "https://crm.example"
    fire_due()
    send_mails()
    [letter] = mail.outbox
    url = unsubscribe_url(company.owner)
    assert url.startswith("https://crm.example/unsubscribe/")
    assert url in letter.body
    assert letter.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_of_a_mail_program_is_enough(company, address):
    program = Client(enforce_csrf_checks=True)
    assert program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not wants_emails(company.owner)


def test_looking_changes_nothing_and_a_button_does_and_undoes(company, address):
    nobody = Client()
    assert "Turn them off" in nobody.get(address).content.decode()
    assert wants_emails(company.owner)
    assert "Turn them on again" in nobody.post(address).content.decode()
    assert not wants_emails(company.owner)
    nobody.post(address, {"again": "1"})
    assert wants_emails(company.owner)


def test_a_guessed_address_is_missing(company, address):
    for wrong in ("/unsubscribe/1/", f"/unsubscribe/{company.owner.pk}.x/", f"{address[:-2]}/"):
        assert Client().post(wrong).status_code == 404
    assert wants_emails(company.owner)


def test_without_emails_the_bell_still_rings_and_nothing_waiting_goes_out(company, due, client):
    fire_due()
    assert Mail.objects.exists()
    client.force_login(company.owner)
    data = {"name": "Li", "language": "", "theme": "auto", "time_zone": ""}
    client.post("/me/", data | {"remind_before": "at_due"})
    assert not wants_emails(company.owner)
    send_mails()
    assert not mail.outbox
    log_activity(due.customer, by=company.owner, kind="call", subject="2", due_at=clock.now())
    fire_due()
    assert Notice.objects.of(company.owner).count() == 2
    assert not Mail.objects.exists()
