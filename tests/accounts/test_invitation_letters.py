"""Invitations go through the outbox, and the page of people tells how their letters fare."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.services.invitations import invite_again, invite_user
from core.models import Mail, Notice
from core.services.mails import MOST_ATTEMPTS, send_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def invite(company):
    def send(email="new@x.example"):
        return invite_user(
            email=email, name="Sun Li", role="rep", team=None, by=company.admin, base_url="http://x"
        )

    return send


@pytest.fixture
def told(company, as_user):
    """What the page says of the letters, one sentence each."""

    def read():
        page = as_user(company.admin).get("/people/").content.decode()
        letters = re.findall(r'<small class="letter">(.*?)</small>', page, re.DOTALL)
        return [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in letters]

    return read


@pytest.fixture
def server_is_back(settings):
    def back():
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    return back


def test_a_server_that_is_down_loses_no_invitation(invite, told, no_server, server_is_back):
    letter = invite().mail
    assert told() == ["The letter is about to go out"]
    assert send_due() == 0
    [said] = told()
    assert said.startswith("The letter waits: 1 attempt failed, the next is at ")
    assert "ConnectionRefusedError" in said
    server_is_back()
    letter.refresh_from_db()
    assert send_due(at=letter.not_before) == 1
    assert [message.to for message in mail.outbox] == [["new@x.example"]]
    [said] = told()
    assert said.startswith("The letter went out at ")


def test_what_was_given_up_is_sent_again_by_a_click(
    invite, told, no_server, server_is_back, company, as_user
):
    user = invite().user
    Mail.objects.update(attempts=MOST_ATTEMPTS - 1)
    send_due()
    [said] = told()
    assert said.startswith("The letter could not be sent")
    assert Notice.objects.get(user=company.admin).url == "/people/"
    server_is_back()
    as_user(company.admin).post(f"/people/{user.pk}/remind/")
    assert told() == ["The letter is about to go out"]
    assert send_due() == 1
    assert Mail.objects.count() == 1


def test_a_letter_that_still_waits_is_not_sent_beside_the_new_one(company, invite):
    invitation = invite()
    link = invitation.token
    again = invite_again(invitation.user, by=company.admin, base_url="http://x")
    assert send_due() == 1
    assert again.token in mail.outbox[0].body
    assert Invitation.from_token(link) is None


def test_of_an_invitation_that_was_rolled_back_no_letter_goes_out(invite):
    with transaction.atomic():
        invite()
        transaction.set_rollback(True)
    assert send_due() == 0
    assert not User.objects.filter(email="new@x.example").exists()


def test_a_link_that_ran_out_is_told_of_even_where_its_letter_is_dropped(invite, told):
    invitation = invite()
    send_due()
    Mail.objects.all().delete()
    assert told()[0].startswith("The letter went out at ")
    long_ago = timezone.now() - timedelta(days=15)
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=long_ago)
    assert told() == ["The link of the letter no longer works"]


def test_the_page_looks_again_by_itself_while_a_letter_waits(company, invite, as_user, no_server):
    def part():
        page = as_user(company.admin).get("/people/", headers={"HX-Request": "true"})
        assert "<html" not in page.content.decode()
        found = re.search(r'hx-trigger="every (\d+)s"', page.content.decode())
        return found and int(found[1])

    assert part() is None
    invite()
    assert part() == 3
    send_due()
    assert part() == 60


def test_the_list_costs_the_same_with_many_invitations(
    company, invite, as_user, django_assert_max_num_queries
):
    for n in range(5):
        invite(f"new{n}@x.example")
    client = as_user(company.admin)
    client.get("/people/")
    with django_assert_max_num_queries(12):
        client.get("/people/")


def test_who_opens_the_account_is_told_no_more(invite, told):
    invitation = invite()
    invitation.accepted_at = timezone.now()
    invitation.save()
    assert told() == []
