"""What must be computed anew is a row; messages only wake somebody to look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import DirtyFlag
from core.services import dirty

NAME = "estimates:1"

pytestmark = pytest.mark.django_db


def later(**kwargs):
    return timezone.now() + timedelta(**kwargs)


def test_a_hundred_requests_are_one_piece_of_work():
    for _ in range(100):
        dirty.mark(NAME)
    lease = dirty.claim(NAME)
    assert lease.seq == 100
    assert dirty.finish(lease)
    assert dirty.claim(NAME) is None


def test_only_one_worker_gets_the_lease():
    dirty.mark(NAME)
    assert dirty.claim(NAME) is not None
    assert dirty.claim(NAME) is None


def test_a_request_during_the_work_is_not_lost():
    dirty.mark(NAME)
    lease = dirty.claim(NAME)
    dirty.mark(NAME)
    dirty.finish(lease)
    assert dirty.claim(NAME).seq == 2


def test_work_waits_for_quiet_but_not_for_ever():
    quiet = timedelta(seconds=4)
    dirty.mark(NAME, quiet=quiet)
    assert dirty.claim(NAME) is None
    assert dirty.claim(NAME, at=later(seconds=5)) is not None

    DirtyFlag.objects.update(lease_until=None, first_requested_at=later(seconds=-60))
    dirty.mark(NAME, quiet=quiet)
    assert dirty.claim(NAME) is not None


def test_a_dead_workers_lease_runs_out_and_its_late_answer_is_refused():
    dirty.mark(NAME)
    dead = dirty.claim(NAME)
    again = dirty.claim(NAME, at=timezone.now() + dirty.LEASE + timedelta(seconds=1))
    assert again is not None
    assert not dirty.finish(dead)
    assert dirty.finish(again)


def test_a_failure_is_kept_and_tried_again_later():
    dirty.mark(NAME)

    def work():
        raise RuntimeError("no disk")

    with pytest.raises(RuntimeError):
        dirty.run_claimed(NAME, work)
    flag = DirtyFlag.objects.get()
    assert "no disk" in flag.last_error
    assert dirty.claim(NAME) is None
    assert dirty.claim(NAME, at=later(minutes=1)) is not None


def test_the_sweep_finds_what_a_lost_message_left(settings):
    dirty.mark(NAME)
    assert dirty.sweep() == 1
    dirty.finish(dirty.claim(NAME))
    assert dirty.sweep() == 0


def test_long_work_keeps_its_lease_while_it_says_that_it_is_alive():
    dirty.mark(NAME)
    late = timezone.now() + dirty.LEASE / 2

    def work():
        DirtyFlag.objects.update(lease_until=late)
        dirty.keep_alive()
        assert DirtyFlag.objects.get().lease_until > late

    assert dirty.run_claimed(NAME, work)
    dirty.keep_alive()
    assert DirtyFlag.objects.get().lease_until is None
