"""Reading all files of an import into the staging, every row checked."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock
from crm.models import Product
from pipeline.services.importing.files import Sheet
from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.refusals import ImportRefused, RefusedRows, RowRefused
from pipeline.services.importing.rows import DealParser, MoveParser, required_id
from pipeline.services.importing.staging import Staging, take
from pipeline.services.importing.tables import SmallTables, open_table, read_tables
from pipeline.services.importing.values import Formats

T = TypeVar("T")
Progress = Callable[[float], None]
REPORT_EVERY = 1_000


@dataclass(frozen=True)
class Files:
    """What is to be imported."""

    deals: Path
    history: Path | None
    mapping: ImportMapping

    @property
    def names(self) -> str:
        paths = [self.deals, self.history]
        return " + ".join(path.name for path in paths if path)[:255]


class Reader:
    """Reads ``files`` into ``staging``; refused rows go to ``refused``."""

    def __init__(
        self, files: Files, staging: Staging, refused: RefusedRows, progress: Progress
    ) -> None:
        self._files, self._mapping = files, files.mapping
        self._staging, self._refused, self._progress = staging, refused, progress
        self._formats = formats_of(files.mapping)
        self.rows_read: dict[str, int] = {}

    def read(self) -> SmallTables:
        """Stage all good rows; raises ImportRefused before any row where a file is not right."""
        if self._files.history and self._mapping.history is None:
            raise ImportRefused(_("The mapping does not say what the columns of the history are."))
        moves = MoveParser(self._mapping, self._formats)
        with ExitStack() as stack:
            tables = {
                table: stack.enter_context(open_table(table, self._mapping))
                for table in self._mapping.tables
            }
            deals = DealParser(self._mapping, self._formats, None)
            sheet = stack.enter_context(self._sheet(self._files.deals, deals.columns))
            if self._files.history:
                log = stack.enter_context(self._sheet(self._files.history, moves.columns))
            small = read_tables(tables, self._mapping, self._formats, self._staging, self._refused)
            known = self._known_products(small)
            self._read_deals(sheet, DealParser(self._mapping, self._formats, known))
            if self._files.history:
                self._read_moves(log, moves)
            opened = [*tables.values(), sheet, *([log] if self._files.history else [])]
            self.rows_read = {opened_sheet.name: opened_sheet.rows_read for opened_sheet in opened}
        self._staging.close_entry()
        self._refuse_orphans(moves)
        return small

    def _sheet(self, path: Path, columns: Sequence[str]) -> Sheet:
        data = self._mapping.data
        return Sheet(path, columns, encoding=data["encoding"], delimiter=data["delimiter"])

    def _known_products(self, small: SmallTables) -> frozenset[str] | None:
        """Case-folded names, None where there is no table to hold the deals against."""
        if "products" not in self._mapping.tables:
            return None
        names = [row["name"] for row in small.products]
        names += Product.objects.values_list("name", flat=True)
        return frozenset(name.casefold() for name in names)

    def _read_deals(self, sheet: Sheet, parse: DealParser) -> None:
        for line, cells in self._reported(sheet, 0.0):
            try:
                row = parse(line, sheet.pick(cells))
                before = self._staging.add_deal(row)
                if before is not None:
                    message = _("The external id %(id)s stands on line %(line)s already.")
                    names = {"id": row.external_id, "line": before}
                    raise RowRefused("duplicate_id", message % names)
            except RowRefused as refusal:
                self._refused.add(sheet.name, line, refusal, cells)
                with suppress(RowRefused):
                    self._staging.refuse_deal(required_id(sheet.pick(cells)[0]))

    def _read_moves(self, sheet: Sheet, parse: MoveParser) -> None:
        def good() -> Iterator[Any]:
            for line, cells in self._reported(sheet, 0.5):
                try:
                    row = parse(line, sheet.pick(cells))
                except RowRefused as refusal:
                    self._refused.add(sheet.name, line, refusal, cells)
                else:
                    if row is not None:
                        yield row

        self._staging.add_moves(good())

    def _reported(self, sheet: Sheet, start: float) -> Iterator[tuple[int, Sequence[Any]]]:
        """The rows of a sheet that is half of the reading; tells how far it is."""
        rows = sheet.rows()
        while block := take(rows, REPORT_EVERY):
            yield from block
            self._progress(start + sheet.share_read() / 2)

    def _refuse_orphans(self, moves: MoveParser) -> None:
        """Moves of deals that are not in the file; their rows are read again to be shown."""
        orphans = self._staging.orphans()
        line, deal_refused = next(orphans, (0, False))
        if not line or not self._files.history:
            return
        unknown = RowRefused("unknown_deal", _("The file of deals has no row with this id."))
        refused = RowRefused("deal_refused", _("The row of this deal was refused."))
        with self._sheet(self._files.history, moves.columns) as sheet:
            for at, cells in sheet.rows():
                if at == line:
                    self._refused.add(sheet.name, at, refused if deal_refused else unknown, cells)
                    line, deal_refused = next(orphans, (0, False))


def formats_of(mapping: ImportMapping) -> Formats:
    # A day of grace: a file may come from a place where it is tomorrow already.
    latest = max(timezone.now(), clock.now()) + timedelta(days=1)
    data = mapping.data
    return Formats(mapping.zone, latest, data["date_format"], data["decimal"])
