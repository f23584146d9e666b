"""Importing deals and their stage log: check everything, then write chunk by chunk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from core import clock
from core.models import ImportBatch
from core.services import imports
from pipeline.services.importing.chunks import ChunkWriter, Counts
from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.plans import Plan, Planner
from pipeline.services.importing.reading import Files, Progress, Reader
from pipeline.services.importing.references import References
from pipeline.services.importing.refusals import RefusedRows
from pipeline.services.importing.stages import (
    Target,
    check_pipeline,
    find_target,
    prepare_pipeline,
)
from pipeline.services.importing.staging import Staging, take
from pipeline.services.importing.tables import (
    SmallTables,
    write_customers,
    write_owners,
    write_products,
)
from pipeline.services.requests import note_change, request_refresh

KIND = "deals"
# On SQLite one transaction at a time writes, and people wait for it: see docs/decisions/0002.
# Who waits looks again now and then, and must find a gap. Elsewhere nobody waits for a whole chunk.
SHORT_CHUNK_SECONDS, GAP_SECONDS = 0.05, 0.005
LONG_CHUNK_SECONDS = 0.5
FIRST_CHUNK, SMALLEST_CHUNK, LARGEST_CHUNK = 50, 10, 1_000
READING = 0.3


@dataclass
class ImportReport:
    """What an import read and did. ``rows_read`` is by file, ``made`` by kind."""

    rows_read: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    made: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refused_file: str = ""
    batch: ImportBatch | None = None


def import_deals(
    deals: Path,
    history: Path | None = None,
    *,
    mapping: ImportMapping,
    by: User | None = None,
    dry_run: bool = False,
    progress: Progress = lambda share: None,
) -> ImportReport:
    """Bring the deals of a pipeline to what the files tell.

    Repeating it changes nothing. Bad rows are refused one by one, into a file; ``progress`` is
    told the share done, 0 to 1. Raises ImportRefused, with nothing written, where a file or the
    mapping is not right.
    """
    check_pipeline(mapping)
    files = Files(deals, history, mapping)
    with Staging() as staging, RefusedRows(deals.name.partition(".")[0]) as refused:
        reader = Reader(files, staging, refused, lambda share: progress(share * READING))
        tables = reader.read()
        report = ImportReport(reader.rows_read, refused=refused.count, refused_file=refused.written)
        writer = _Writer(files, staging, tables, report, progress)
        if dry_run:
            writer.rehearse()
        else:
            with _recorded(files, report, by) as batch:
                writer.write(batch)
    progress(1.0)
    return report


class _Writer:
    def __init__(
        self,
        files: Files,
        staging: Staging,
        tables: SmallTables,
        report: ImportReport,
        progress: Progress,
    ) -> None:
        self._mapping, self._staging, self._tables = files.mapping, staging, tables
        self._report, self._progress = report, progress

    def rehearse(self) -> None:
        """Count what would be done."""
        refs = self._references(None)
        refs.products.ensure(row["name"] for row in self._tables.products)
        refs.people.ensure(row["name"] for row in self._tables.owners)
        self._write_deals(find_target(self._mapping), refs, None)

    def write(self, batch: ImportBatch) -> None:
        target = prepare_pipeline(self._mapping)
        assert target.pipeline_id is not None
        refs = self._references(batch)
        write_products(self._tables.products, refs, default_currency=self._mapping.currency)
        write_owners(self._tables.owners, refs)
        write_customers(self._staging, refs, batch)
        counts = self._report.counts
        try:
            self._write_deals(target, refs, batch)
        finally:
            if counts.created or counts.updated:
                request_refresh(target.pipeline_id)

    def _references(self, batch: ImportBatch | None) -> References:
        return References(batch=batch, currency=self._mapping.currency, now=clock.now())

    def _write_deals(self, target: Target, refs: References, batch: ImportBatch | None) -> None:
        log_batches = ImportBatch.objects.filter(kind=KIND, mapping__has_key="history")
        planner = Planner(
            target=target,
            refs=refs,
            log_batches=frozenset(log_batches.values_list("pk", flat=True)),
            amount_known_from=self._mapping.data["amount_known_from"],
            now=clock.now(),
        )
        writer = ChunkWriter(planner, self._staging, batch)
        rows, total = self._staging.deals(), self._staging.count_deals()
        size, done = FIRST_CHUNK, 0
        while chunk := take(rows, size):
            log = self._staging.moves_of(row.external_id for row in chunk)
            started = perf_counter()
            # With its flag in one transaction, or a crash would leave deals that no rate knows of.
            with transaction.atomic() if batch else nullcontext():
                plans = writer.write(chunk, log)
                if batch:
                    _note(batch, target, plans)
            size = _next_size(len(chunk), perf_counter() - started)
            if batch and connection.vendor == "sqlite":
                sleep(GAP_SECONDS)
            self._report.counts.add(plans)
            done += len(chunk)
            self._progress(READING + (1 - READING) * done / total)
        self._report.made = refs.made()


def _note(batch: ImportBatch, target: Target, plans: Sequence[Plan]) -> None:
    imports.seen(batch)
    if target.pipeline_id and any(p.deal is None or p.changes_something for p in plans):
        note_change(target.pipeline_id)


def _next_size(size: int, seconds: float) -> int:
    """As many deals as take the seconds that a chunk may, at most twice as many as before."""
    wanted = SHORT_CHUNK_SECONDS if connection.vendor == "sqlite" else LONG_CHUNK_SECONDS
    fitting = int(size * min(wanted / max(seconds, 1e-6), 2.0))
    return max(SMALLEST_CHUNK, min(fitting, LARGEST_CHUNK))


@contextmanager
def _recorded(files: Files, report: ImportReport, by: User | None) -> Iterator[ImportBatch]:
    """The record of the run, which ends as done or as failed."""
    # The mapping that is kept tells whether a log was read: what a log told, columns do not undo.
    source = {k: v for k, v in files.mapping.source.items() if k != "history" or files.history}
    imports.fail_unseen()
    batch = report.batch = ImportBatch.objects.create(
        kind=KIND, file_name=files.names, mapping=source, requested_by=by
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
