"""Two workers that fire, and send, at the same instant, over real connections."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from core.models import Mail, Notice
from core.services.mails import send_due
from crm.models import Activity, Reminder
from crm.services import reminders
from crm.services.activities import complete_activity, delete_activity
from crm.services.customers import create_customer
from crm.services.reminders import fire_due
from tests.crm.test_customer_race import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only on PostgreSQL"),
]
MANY = 1200


@pytest.fixture
def due(company, ladder):
    customer = create_customer(by=company.owner, name="Hengda", owner=company.owner)
    at = timezone.now() - timedelta(minutes=1)
    values = {"kind": "call", "customer": customer, "owner": company.owner, "created_at": at}
    rows = [Activity(subject=f"{n}", due_at=at, **values) for n in range(MANY)]
    Activity.objects.bulk_create(rows)
    Reminder.objects.bulk_create(Reminder(activity=row, planned_at=at, at=at) for row in rows)


def test_two_workers_tell_of_everything_and_of_nothing_twice(due):
    assert not at_once(*[fire_due] * 3)
    abouts = list(Notice.objects.values_list("about", flat=True))
    assert len(abouts) == len(set(abouts)) == MANY
    assert Mail.objects.count() == MANY


def test_a_second_worker_does_not_wait_for_the_first(due):
    with transaction.atomic():
        reminders._fire_some(timezone.now())
        counted = []
        assert not at_once(lambda: counted.append(fire_due()))
    assert counted == [MANY - reminders.BATCH]


def test_what_a_worker_that_died_had_begun_is_told_by_the_next(due):
    with transaction.atomic():
        reminders._fire_some(timezone.now())
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert fire_due() == MANY


@pytest.mark.parametrize("over", [complete_activity, delete_activity])
def test_what_is_over_while_a_worker_tells_of_it_is_not_to_be_read(due, company, over):
    activity = Activity.objects.order_by("pk")[0]
    told, errors = Notice.objects.filter(about=f"activity:{activity.pk}"), []
    thread = threading.Thread(
        target=lambda: errors.extend(at_once(lambda: over(activity, by=company.owner)))
    )
    with transaction.atomic():
        reminders._fire_some(timezone.now())
        thread.start()
        thread.join(timeout=1)
    thread.join()
    assert not errors
    assert told.exists()
    assert not told.unread().exists()


@pytest.mark.parametrize("over", [complete_activity, delete_activity])
def test_what_is_over_before_a_worker_comes_is_not_told(due, company, over):
    activity = Activity.objects.order_by("pk")[0]
    with transaction.atomic():
        over(activity, by=company.owner)
        assert not at_once(fire_due)
    fire_due()
    assert Notice.objects.count() == MANY - 1


def test_two_workers_send_every_letter_once(due):
    fire_due()
    Mail.objects.filter(pk__in=list(Mail.objects.values_list("pk", flat=True)[100:])).delete()
    assert not at_once(*[send_due] * 3)
    sent = [each.extra_headers["Message-ID"] for each in mail.outbox]
    assert len(sent) == len(set(sent)) == 100
