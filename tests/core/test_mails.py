"""The outbox of letters, against a mail server that is there or is not."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from core.models import Mail, Notice
from core.services import mails
from core.services.mails import MOST_ATTEMPTS, queue_mails, send_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(company):
    def write(**fields):
        values = {"user": company.owner, "kind": "reminder", "to": "li@x.example"}
        row = Mail(**values | {"subject": "Call", "body": "Now"} | fields)
        queue_mails([row])
        return row

    return write


def test_a_letter_goes_out_once(letter):
    letter(headers={"List-Unsubscribe": "<https://x.example/u>"})
    assert send_due() == 1
    assert send_due() == 0
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["li@x.example"], "Call", "Now")
    assert sent.extra_headers["List-Unsubscribe"] == "<https://x.example/u>"


def test_a_letter_of_what_was_rolled_back_is_never_sent(letter):
    with transaction.atomic():
        letter()
        transaction.set_rollback(True)
    assert send_due() == 0


def test_while_the_server_is_away_a_letter_waits_longer_each_time(letter, no_server, settings):
    row = letter()
    waits = []
    for _ in range(3):
        Mail.objects.update(not_before=timezone.now())
        assert send_due() == 0
        row.refresh_from_db()
        waits.append(round((row.not_before - timezone.now()) / timedelta(minutes=1)))
    assert waits == [1, 2, 4]
    assert "ConnectionRefusedError" in row.last_error
    assert send_due() == 0, "not before its time"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(at=row.not_before) == 1
    row.refresh_from_db()
    assert (row.last_error, row.attempts) == ("", 4)
    assert f"{row.message_id}" in mail.outbox[0].extra_headers["Message-ID"]


def test_what_cannot_be_sent_is_given_up_and_admins_are_told_once(
    company, letter, no_server, client, settings
):
    letter(), letter()
    Mail.objects.update(attempts=MOST_ATTEMPTS - 1)
    send_due()
    assert Mail.objects.filter(given_up_at__isnull=False).count() == 2
    notice = Notice.objects.get(user=company.admin)
    assert not Notice.objects.exclude(user=company.admin).exists()
    client.force_login(company.admin)
    page = client.get(notice.url).content.decode()
    assert "ConnectionRefusedError" in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ids = list(Mail.objects.values_list("pk", flat=True))
    client.post(notice.url, {"action": "send_again", "_selected_action": ids})
    assert send_due() == 2


def test_the_text_of_a_letter_is_not_shown_to_admins(company, letter, client):
    row = letter(body="Secret words")
    client.force_login(company.admin)
    page = client.get(f"/django-admin/core/mail/{row.pk}/change/")
    assert page.status_code == 200
    assert "Secret words" not in page.content.decode()


def test_a_letter_held_by_a_worker_that_died_is_sent_when_its_lease_ends(letter):
    row = letter()
    assert mails._claim(at=timezone.now()) == [row]
    assert send_due() == 0
    assert send_due(at=timezone.now() + mails.LEASE + timedelta(seconds=1)) == 1


def test_the_text_of_a_letter_is_forgotten_once_it_is_out(letter):
    row = letter(headers={"List-Unsubscribe": "<https://x.example/u>"})
    send_due()
    row.refresh_from_db()
    assert (row.subject, row.body, row.headers) == ("Call", "", {})


def test_a_letter_dropped_while_others_are_sent_stays_unsent(company, letter, no_server):
    row, other = letter(), letter()
    held = mails._claim(at=timezone.now())
    assert held == [row, other]
    row.delete()
    assert mails._attempt(held) == [False, False]
    assert list(Mail.objects.values_list("pk", "attempts")) == [(other.pk, 1)]


def test_a_letter_that_cannot_be_written_does_not_hold_up_the_next(letter):
    broken = letter(subject="Two\nlines")
    letter()
    assert send_due() == 1
    broken.refresh_from_db()
    assert "BadHeaderError" in broken.last_error


def test_a_trial_without_mail_settings_writes_letters_to_files(letter, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    letter()
    assert send_due() == 1
    assert "Subject: Call" in next(tmp_path.iterdir()).read_text()
