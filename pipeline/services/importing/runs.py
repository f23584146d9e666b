"""A run of an import: what it did, how fast it may go, and the record that it leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from core.models import ImportBatch
from core.services import imports
from pipeline.services.importing.chunks import Counts

# On SQLite one transaction at a time writes, and people wait for it: see docs/decisions/0002.
# Who waits looks again now and then, and must find a gap. Elsewhere nobody waits for a whole chunk.
SHORT_CHUNK_SECONDS, GAP_SECONDS = 0.05, 0.005
LONG_CHUNK_SECONDS = 0.5
FIRST_CHUNK, SMALLEST_CHUNK, LARGEST_CHUNK = 50, 10, 1_000
READING = 0.3
"""The share of the work that is reading."""


@dataclass
class ImportReport:
    """What an import read and did. ``rows_read`` is by file, ``made`` by kind."""

    rows_read: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    made: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refused_file: str = ""
    batch: ImportBatch | None = None


class Pace:
    """How many rows the next chunk may have: as many as take the seconds that a chunk may."""

    def __init__(self, *, writes: bool) -> None:
        self.size = FIRST_CHUNK
        self._leaves_gaps = writes and connection.vendor == "sqlite"

    @contextmanager
    def of(self, rows: int) -> Iterator[None]:
        """The writing of one chunk of ``rows``."""
        started = perf_counter()
        yield
        self.size = _next_size(rows, perf_counter() - started)
        if self._leaves_gaps:
            sleep(GAP_SECONDS)


def _next_size(size: int, seconds: float) -> int:
    """At most twice as many as before."""
    wanted = SHORT_CHUNK_SECONDS if connection.vendor == "sqlite" else LONG_CHUNK_SECONDS
    fitting = int(size * min(wanted / max(seconds, 1e-6), 2.0))
    return max(SMALLEST_CHUNK, min(fitting, LARGEST_CHUNK))


@contextmanager
def recorded(
    kind: str, file_name: str, mapping: dict[str, Any], report: ImportReport, by: User | None
) -> Iterator[ImportBatch]:
    """The record of the run, which ends as done or as failed."""
    imports.fail_unseen()
    batch = report.batch = ImportBatch.objects.create(
        kind=kind, file_name=file_name, mapping=mapping, requested_by=by
    )
    try:
        yield batch
    except BaseException as error:
        _finish(batch, report, ImportBatch.State.FAILED, error=repr(error))
        raise
    _finish(batch, report, ImportBatch.State.DONE)


@transaction.atomic
def _finish(batch: ImportBatch, report: ImportReport, state: str, *, error: str = "") -> None:
    batch.state, batch.error, batch.finished_at = state, error, timezone.now()
    batch.rows_read = sum(report.rows_read.values())
    batch.refused, batch.refused_file = report.refused, report.refused_file[-255:]
    counts = report.counts
    batch.created, batch.updated, batch.unchanged = (
        counts.created,
        counts.updated,
        counts.unchanged,
    )
    batch.save()
