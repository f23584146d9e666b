"""Checked rows on disk, so that memory stays small however long the files are.

A history lies in any order, and a file must be wholly checked before anything of it is written.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

from pipeline.services.importing.purchase_rows import PurchaseRow
from pipeline.services.importing.rows import DealRow, MoveRow

T = TypeVar("T")

TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE deals (
    line INTEGER PRIMARY KEY, id TEXT UNIQUE, customer TEXT, first_at INTEGER, row TEXT
);
CREATE TABLE refused_deals (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE moves (id TEXT, at INTEGER, stage INTEGER, line INTEGER, by TEXT);
CREATE TABLE purchases (
    line INTEGER PRIMARY KEY, id TEXT UNIQUE, customer TEXT, at INTEGER, row TEXT
);
CREATE TABLE customers (line INTEGER PRIMARY KEY, key TEXT UNIQUE, row TEXT);
"""
INDEXES = """
CREATE INDEX moves_of_deal ON moves (id, at, stage, line, by);
CREATE INDEX deals_of_customer ON deals (customer);
CREATE INDEX purchases_of_customer ON purchases (customer, at);
"""
FIRST_DATES = """
SELECT customer, MIN(MIN(
    COALESCE(first_at, 9e18),
    COALESCE((SELECT at FROM moves WHERE moves.id = deals.id ORDER BY at LIMIT 1), 9e18)
)) FROM json_each(?) AS wanted CROSS JOIN deals ON deals.customer = wanted.value GROUP BY customer
"""
FIRST_PURCHASES = """
SELECT customer, MIN(at) FROM json_each(?) AS wanted
CROSS JOIN purchases ON purchases.customer = wanted.value GROUP BY customer
"""
ORPHANS = """
SELECT line, EXISTS (SELECT 1 FROM refused_deals WHERE refused_deals.id = moves.id) FROM moves
WHERE id NOT IN (SELECT id FROM deals) ORDER BY line
"""


class StagedMove(NamedTuple):
    at: int
    stage: int
    line: int
    by: str


class Staging:
    """A temporary database of one import, gone when it is closed."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="stepwise-import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "rows.sqlite3")
        self._db.executescript(TABLES)

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._db.close()
        self._folder.cleanup()

    def add_deal(self, row: DealRow) -> int | None:
        """Stage a deal; the line of the one before where its id is there already."""
        values = (row.line, row.external_id, row.customer.casefold(), row.first_at, json.dumps(row))
        added = self._db.execute("INSERT OR IGNORE INTO deals VALUES (?, ?, ?, ?, ?)", values)
        if added.rowcount:
            return None
        return self._one("SELECT line FROM deals WHERE id = ?", row.external_id)

    def add_purchase(self, row: PurchaseRow) -> int | None:
        """Stage a purchase; the line of the one before where its id is there already."""
        found = row.external_id or None
        values = (row.line, found, row.customer.casefold(), row.at, json.dumps(row))
        added = self._db.execute("INSERT OR IGNORE INTO purchases VALUES (?, ?, ?, ?, ?)", values)
        if added.rowcount:
            return None
        return self._one("SELECT line FROM purchases WHERE id = ?", row.external_id)

    def refuse_deal(self, external_id: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO refused_deals VALUES (?)", (external_id,))

    def add_moves(self, rows: Iterable[MoveRow]) -> None:
        values = ((row.external_id, row.at, row.stage, row.line, row.by) for row in rows)
        self._db.executemany("INSERT INTO moves VALUES (?, ?, ?, ?, ?)", values)

    def add_customer(self, line: int, name: str, row: dict[str, Any]) -> int | None:
        """Stage a row of the customers' table; the line of the one before of that name."""
        values = (line, name.casefold(), json.dumps(row))
        added = self._db.execute("INSERT OR IGNORE INTO customers VALUES (?, ?, ?)", values)
        if added.rowcount:
            return None
        return self._one("SELECT line FROM customers WHERE key = ?", name.casefold())

    def close_entry(self) -> None:
        """All rows are staged: prepare for reading."""
        self._db.executescript(INDEXES)

    def orphans(self) -> Iterator[tuple[int, bool]]:
        """Lines of moves without a deal, in order, and whether their deal was refused."""
        for line, refused in self._db.execute(ORPHANS):
            yield line, bool(refused)

    def count_deals(self) -> int:
        return self._one("SELECT COUNT(*) FROM deals") or 0

    def deals(self) -> Iterator[DealRow]:
        for (row,) in self._db.execute("SELECT row FROM deals ORDER BY line"):
            yield DealRow(*json.loads(row))

    def customers(self) -> Iterator[dict[str, Any]]:
        for (row,) in self._db.execute("SELECT row FROM customers ORDER BY line"):
            yield json.loads(row)

    def count_purchases(self) -> int:
        return self._one("SELECT COUNT(*) FROM purchases") or 0

    def purchase_days(self) -> Iterator[list[PurchaseRow]]:
        """The purchases of each customer at one instant, customer by customer."""
        rows = self._db.execute("SELECT customer, at, row FROM purchases ORDER BY 1, 2, line")
        for _key, group in groupby(rows, itemgetter(0, 1)):
            yield [PurchaseRow(*json.loads(row)) for _customer, _at, row in group]

    def moves_of(self, external_ids: Iterable[str]) -> dict[str, list[StagedMove]]:
        """The moves of some deals, by deal."""
        rows = self._db.execute(
            # The cross join makes SQLite seek each deal instead of reading all of the index.
            "SELECT moves.id, at, stage, line, by FROM json_each(?) AS wanted"
            " CROSS JOIN moves ON moves.id = wanted.value",
            (json.dumps(list(external_ids)),),
        )
        return {
            deal: [StagedMove(*row[1:]) for row in group]
            for deal, group in groupby(rows, itemgetter(0))
        }

    def first_dates(self, customers: Iterable[str]) -> dict[str, int]:
        """The earliest instant known of some customers' deals and purchases, by folded name."""
        wanted = (json.dumps(list(customers)),)
        rows = [*self._db.execute(FIRST_DATES, wanted), *self._db.execute(FIRST_PURCHASES, wanted)]
        found: dict[str, int] = {}
        for customer, at in rows:
            if at < 9e18:
                found[customer] = min(found.get(customer, int(at)), int(at))
        return found

    def _one(self, sql: str, *values: Any) -> int | None:
        found = self._db.execute(sql, values).fetchone()
        return found and int(found[0])


def take(rows: Iterator[T], count: int) -> list[T]:
    return list(islice(rows, count))
