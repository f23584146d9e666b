"""Importing deals and their stage log: check everything, then write chunk by chunk."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from django.db import transaction

from accounts.models import User
from core import clock
from core.models import ImportBatch
from core.services import imports
from pipeline.services.importing.chunks import ChunkWriter
from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.plans import Plan, Planner
from pipeline.services.importing.reading import Files, Progress, Reader
from pipeline.services.importing.references import References
from pipeline.services.importing.refusals import RefusedRows
from pipeline.services.importing.runs import READING, ImportReport, Pace, recorded
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
from pipeline.services.requests import request_refresh

KIND = "deals"


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
            # The mapping that is kept tells whether a log was read: what a log told, columns do
            # not undo.
            source = {k: v for k, v in mapping.source.items() if k != "history" or history}
            with recorded(KIND, files.names, source, report, by) as batch:
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
        self._write_deals(target, refs, batch)

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
        pace, done = Pace(writes=batch is not None), 0
        while chunk := take(rows, pace.size):
            log = self._staging.moves_of(row.external_id for row in chunk)
            # With its flag in one transaction, or a crash would leave deals that no rate knows of.
            with pace.of(len(chunk)), transaction.atomic() if batch else nullcontext():
                plans = writer.write(chunk, log)
                if batch:
                    _note(batch, target, plans)
            self._report.counts.add(plans)
            done += len(chunk)
            self._progress(READING + (1 - READING) * done / total)
        self._report.made = refs.made()


def _note(batch: ImportBatch, target: Target, plans: Sequence[Plan]) -> None:
    imports.seen(batch)
    if target.pipeline_id and any(p.deal is None or p.changes_something for p in plans):
        request_refresh(target.pipeline_id)
