"""Importing purchases: check every row, then write chunk by chunk."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.models import ImportBatch
from pipeline.services.importing.files import Sheet
from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.purchase_chunks import PurchaseWriter
from pipeline.services.importing.purchase_rows import PurchaseParser, PurchaseRow
from pipeline.services.importing.reading import REPORT_EVERY, Progress, formats_of
from pipeline.services.importing.references import References
from pipeline.services.importing.refusals import RefusedRows, RowRefused
from pipeline.services.importing.runs import READING, ImportReport, Pace, recorded
from pipeline.services.importing.staging import Staging
from pipeline.services.importing.tables import (
    SmallTables,
    open_table,
    read_tables,
    write_customers,
    write_owners,
    write_products,
)

KIND = "purchases"


def import_purchases(
    path: Path,
    *,
    mapping: ImportMapping,
    by: User | None = None,
    dry_run: bool = False,
    progress: Progress = lambda share: None,
) -> ImportReport:
    """Bring what customers bought to what the file tells.

    Repeating it changes nothing. Bad rows are refused one by one, into a file; ``progress`` is told
    the share done, 0 to 1. Raises ImportRefused, with nothing written, where the file is not right.
    """
    with Staging() as staging, RefusedRows(path.name.partition(".")[0]) as refused:
        reader = _Reader(path, mapping, staging, refused, progress)
        tables = reader.read()
        report = ImportReport(reader.rows_read, refused=refused.count, refused_file=refused.written)
        if dry_run:
            _write(_writer(mapping, staging, None), report, progress)
        else:
            with recorded(KIND, path.name[:255], mapping.source, report, by) as batch:
                writer = _writer(mapping, staging, batch)
                write_products(tables.products, writer.refs, default_currency=mapping.currency)
                write_owners(tables.owners, writer.refs)
                write_customers(staging, writer.refs, batch)
                _write(writer, report, progress)
    progress(1.0)
    return report


class _Reader:
    """Stages all good rows of the file and of the tables beside it."""

    def __init__(
        self,
        path: Path,
        mapping: ImportMapping,
        staging: Staging,
        refused: RefusedRows,
        progress: Progress,
    ) -> None:
        self._path, self._mapping = path, mapping
        self._staging, self._refused, self._progress = staging, refused, progress
        self._formats = formats_of(mapping)
        self.rows_read: dict[str, int] = {}

    def read(self) -> SmallTables:
        parse = PurchaseParser(self._mapping, self._formats)
        data = self._mapping.data
        with ExitStack() as stack:
            tables = {
                table: stack.enter_context(open_table(table, self._mapping))
                for table in self._mapping.tables
            }
            sheet = stack.enter_context(
                Sheet(
                    self._path,
                    parse.columns,
                    encoding=data["encoding"],
                    delimiter=data["delimiter"],
                )
            )
            small = read_tables(tables, self._mapping, self._formats, self._staging, self._refused)
            self._read_purchases(sheet, parse)
            self.rows_read = {each.name: each.rows_read for each in (*tables.values(), sheet)}
        self._staging.close_entry()
        return small

    def _read_purchases(self, sheet: Sheet, parse: PurchaseParser) -> None:
        for line, cells in sheet.rows():
            try:
                row = parse(line, sheet.pick(cells))
                before = self._staging.add_purchase(row)
                if before is not None:
                    message = _("The external id %(id)s stands on line %(line)s already.")
                    names = {"id": row.external_id, "line": before}
                    raise RowRefused("duplicate_id", message % names)
            except RowRefused as refusal:
                self._refused.add(sheet.name, line, refusal, cells)
            if sheet.rows_read % REPORT_EVERY == 0:
                self._progress(READING * sheet.share_read())


def _writer(mapping: ImportMapping, staging: Staging, batch: ImportBatch | None) -> PurchaseWriter:
    now = clock.now()
    refs = References(batch=batch, currency=mapping.currency, now=now)
    return PurchaseWriter(refs, staging, batch, now)


def _write(writer: PurchaseWriter, report: ImportReport, progress: Progress) -> None:
    staging, pace, done = writer.staging, Pace(writes=writer.batch is not None), 0
    days, total = staging.purchase_days(), staging.count_purchases()
    while chunk := _take_days(days, pace.size):
        with pace.of(len(chunk)):
            writer.write(chunk, report.counts)
        done += len(chunk)
        progress(READING + (1 - READING) * done / total)
    report.made = writer.refs.made()


def _take_days(days: Iterator[list[PurchaseRow]], count: int) -> list[PurchaseRow]:
    """At least ``count`` rows while there are any, never a part of a customer's day."""
    rows: list[PurchaseRow] = []
    for day in days:
        rows += day
        if len(rows) >= count:
            break
    return rows
