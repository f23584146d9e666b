"""What must happen every few seconds is cheap; the rest is done by the hour."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from core.models import IdempotencyKey, ImportBatch
from core.tasks import IDEMPOTENCY_KEPT, sweep, tidy


@pytest.fixture
def keys(company):
    old, new = (
        IdempotencyKey.objects.create(user=company.owner, key=key, fingerprint="f")
        for key in ("old", "new")
    )
    before = timezone.now() - IDEMPOTENCY_KEPT - timedelta(minutes=1)
    IdempotencyKey.objects.filter(pk=old.pk).update(created_at=before)
    return old, new


def test_the_sweep_only_looks_for_lost_messages(keys, django_assert_num_queries):
    with django_assert_num_queries(1):
        sweep()


def test_tidying_drops_answers_too_old_to_be_repeated(keys):
    tidy()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]


def test_tidying_ends_the_run_of_an_import_that_was_killed(db):
    long_ago = timezone.now() - timedelta(hours=1)
    ImportBatch.objects.create(kind="deals", file_name="x.csv", seen_at=long_ago)
    tidy()
    assert ImportBatch.objects.get().state == ImportBatch.State.FAILED


def test_tidying_is_not_done_with_every_sweep():
    periods = {row["task"]: row["schedule"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    assert periods["core.tasks.sweep"] < timedelta(seconds=10)
    assert periods["core.tasks.tidy"] >= timedelta(hours=1)
