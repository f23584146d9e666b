"""Dirty flags: coalesced, leased, safe to run twice."""

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Least
from django.utils import timezone

from core.models import DirtyFlag
from core.sentences import KnownError
from core.services import waking
from core.signals import computation_failed

LEASE = timedelta(minutes=2)
# A stream of changes without a pause must still be computed now and then.
LONGEST_WAIT = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(minutes=10)


@dataclass(frozen=True)
class Lease:
    """The right to clear the flag ``name`` up to request ``seq``."""

    name: str
    seq: int
    token: uuid.UUID


_held: ContextVar[Lease | None] = ContextVar("held", default=None)


def mark(name: str, *, quiet: timedelta = timedelta(0)) -> None:
    """Ask for ``name`` to be computed anew, in the caller's transaction, and wake a worker.

    The work waits until nothing was asked for during ``quiet``, so that a hundred changes cause one
    computation, but never longer than ``LONGEST_WAIT``.
    """
    if _ask(name, quiet=quiet) or not quiet:
        wake(name, delay=quiet)


def _ask(name: str, *, quiet: timedelta) -> bool:
    """False where the work was asked for already, so that a message is on its way: the worker
    whom it wakes too early sends it again. Should it be lost, the sweep finds the mark."""
    at = timezone.now()
    flag, asked = DirtyFlag.objects.filter(name=name), {"requested_seq": F("requested_seq") + 1}
    # Tried first, since all but one of many who ask at once come here.
    pending = flag.filter(requested_seq__gt=F("done_seq"), first_requested_at__isnull=False)
    latest = F("first_requested_at") + max(LONGEST_WAIT, quiet)
    if pending.update(**asked, not_before=Least(Value(at + quiet, DateTimeField()), latest)):
        return False
    is_first = Q(requested_seq=F("done_seq")) | Q(first_requested_at=None)
    if flag.filter(is_first).update(**asked, first_requested_at=at, not_before=at + quiet):
        return True
    # There is no such row yet, or another one asked first in between.
    DirtyFlag.objects.get_or_create(name=name, defaults={"not_before": at})
    return _ask(name, quiet=quiet)


def wake(name: str, *, delay: timedelta = timedelta(0)) -> None:
    """Send the message that wakes a worker for ``name`` once this transaction is committed.

    A lost message is no harm: the sweep sends it again.
    """
    transaction.on_commit(lambda: send(name, delay=delay), robust=True)


def send(name: str, *, delay: timedelta = timedelta(0)) -> None:
    task = settings.DIRTY_TASKS[name.partition(":")[0]]
    waking.send(task, name, delay=delay)


def claim(name: str, *, at: datetime | None = None) -> Lease | None:
    """Take the lease of ``name`` where work is due, else ``None``: somebody else has it."""
    at = at or timezone.now()
    token = uuid.uuid4()
    taken = (
        DirtyFlag.objects.due(at=at)
        .filter(name=name)
        .update(lease_until=at + LEASE, lease_token=token, attempts=F("attempts") + 1)
    )
    if not taken:
        return None
    seq = DirtyFlag.objects.values_list("requested_seq", flat=True).get(name=name)
    return Lease(name, seq, token)


def finish(lease: Lease) -> bool:
    """Mark the work done up to the claimed request; false where the lease was lost meanwhile."""
    return bool(
        DirtyFlag.objects.filter(name=lease.name, lease_token=lease.token).update(
            done_seq=lease.seq,
            lease_until=None,
            lease_token=None,
            attempts=0,
            last_error="",
            last_reason=None,
            first_requested_at=timezone.now(),
        )
    )


def fail(lease: Lease, error: Exception) -> None:
    """Give the lease back; the next attempt waits longer each time.

    What went wrong is kept as a sentence where people can mend it, and told once.
    """
    flag = DirtyFlag.objects.filter(name=lease.name, lease_token=lease.token).first()
    if flag is None:
        return
    backoff = min(timedelta(seconds=2**flag.attempts), LONGEST_BACKOFF)
    flag.not_before = timezone.now() + backoff
    flag.lease_until = flag.lease_token = None
    known = error if isinstance(error, KnownError) else None
    is_first = flag.last_reason is None
    flag.last_error = str(known or repr(error))
    flag.last_reason = known and {"code": known.code, "params": known.params}
    flag.save(
        update_fields=["not_before", "lease_until", "lease_token", "last_error", "last_reason"]
    )
    if known and is_first:
        computation_failed.send(DirtyFlag, flag=flag, error=known)


def run_claimed(name: str, work: Callable[[], object]) -> bool:
    """Claim ``name``, do ``work``, release; false where there was nothing to do.

    Work that may take longer than a lease says now and then that it is alive (``keep_alive``).
    """
    lease = claim(name)
    if lease is None:
        _wake_when_due(name)
        return False
    held = _held.set(lease)
    try:
        work()
    except Exception as error:
        # Whatever it was, and it goes on up: the flag tells it, and is tried again later.
        fail(lease, error)
        raise
    finally:
        _held.reset(held)
    return finish(lease)


def _wake_when_due(name: str) -> None:
    """A message came while others still asked: the work is due when they are quiet."""
    at = timezone.now()
    waiting = DirtyFlag.objects.filter(
        name=name, requested_seq__gt=F("done_seq"), not_before__gt=at
    )
    if due := waiting.filter(lease_until=None).values_list("not_before", flat=True).first():
        send(name, delay=due - at)


def keep_alive() -> None:
    """Lengthen the lease under which this is called; nothing where there is none."""
    lease = _held.get()
    if lease is not None:
        held = DirtyFlag.objects.filter(name=lease.name, lease_token=lease.token)
        held.update(lease_until=timezone.now() + LEASE)


def sweep() -> int:
    """Wake workers for every flag whose message was lost; the number of them."""
    names = list(DirtyFlag.objects.due(at=timezone.now()).values_list("name", flat=True))
    for name in names:
        send(name)
    return len(names)
