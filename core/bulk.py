"""Millions of rows in and out of the database, by ``COPY`` where there is one.

Only for derived data and for numbers: rows written here pass no validation and send no signal.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from numpy.typing import NDArray
from psycopg2.extras import execute_values

Params = tuple[Any, ...]

# One INSERT of executemany on SQLite holds the write lock for well under 100 ms.
ROWS_AT_ONCE = 10_000
LINES_AT_ONCE = 500
# A binary COPY begins with a signature, flags and the length of an extension (19 bytes) and ends
# with a row of -1 fields. PostgreSQL manual, COPY, "Binary Format".
HEADER, TRAILER = 19, 2


def read_columns(rows: "models.QuerySet[Any, Any]", kinds: str) -> list[NDArray[Any]]:
    """The columns of a ``values_list``, one array each: ``i`` int64[n], ``f`` float64[n].

    No value may be null, integers are ``bigint`` and floats ``double precision``: ValueError
    otherwise.
    """
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return [np.empty(0, f"{kind}8") for kind in kinds]
    if connection.vendor == "postgresql":
        return _copied(sql, params, kinds)
    return _fetched(sql, params, kinds)


def insert_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of ints, floats, bools, bytes and None, in the order of ``fields``.

    Not atomic by itself: on SQLite each ten thousand rows are a transaction of their own.
    """
    into = _into(model, fields)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {into} FROM STDIN", _Lines(rows))
        return
    for chunk in _in_chunks(rows):
        _execute_values(f"INSERT INTO {into}", len(fields), chunk)


def add_rows(
    model: type[models.Model],
    keys: Sequence[str],
    sums: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert rows of ``keys`` then ``sums``; where the keys are there already, add to the sums."""
    into = _into(model, [*keys, *sums])
    table = connection.ops.quote_name(model._meta.db_table)
    unique = ", ".join(_column(model, key) for key in keys)
    added = ", ".join(
        f"{column} = {table}.{column} + excluded.{column}"
        for column in (_column(model, name) for name in sums)
    )
    clash = f"ON CONFLICT ({unique}) DO UPDATE SET {added}"
    for chunk in _in_chunks(rows):
        _execute_values(f"INSERT INTO {into}", len(keys) + len(sums), chunk, clash)


def delete_rows(model: type[models.Model], field: str, value: int) -> None:
    """Delete the rows of ``model`` whose ``field`` is ``value``, on SQLite in many short
    transactions."""
    if connection.vendor == "postgresql":
        model._default_manager.filter(**{field: value}).delete()
        return
    table, column = connection.ops.quote_name(model._meta.db_table), _column(model, field)
    some = f"SELECT rowid FROM {table} WHERE {column} = %s LIMIT {ROWS_AT_ONCE}"  # noqa: S608
    deleted = ROWS_AT_ONCE
    while deleted == ROWS_AT_ONCE:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE rowid IN ({some})", [value])  # noqa: S608
            deleted = cursor.rowcount


def analyze(*tables: type[models.Model]) -> None:
    """Tell the planner what tables hold that were filled at once."""
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _into(model: type[models.Model], fields: Sequence[str]) -> str:
    names = ", ".join(_column(model, name) for name in fields)
    return f"{connection.ops.quote_name(model._meta.db_table)} ({names})"


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return connection.ops.quote_name(str(field.column))


def _execute_values(
    insert: str, width: int, rows: Sequence[Sequence[Any]], clash: str = ""
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            execute_values(cursor.cursor, f"{insert} VALUES %s {clash}", rows, page_size=1000)
        else:
            places = ", ".join(["%s"] * width)
            cursor.executemany(f"{insert} VALUES ({places}) {clash}", rows)


def _copied(sql: str, params: Params, kinds: str) -> list[NDArray[Any]]:
    received = _copy_out(sql, params)
    fields = [
        part
        for place, kind in enumerate(kinds)
        for part in ((f"length{place}", ">i4"), (f"value{place}", f">{kind}8"))
    ]
    row = np.dtype([("fields", ">i2"), *fields])
    size = received.getbuffer().nbytes - HEADER - TRAILER
    if size % row.itemsize:
        raise ValueError("a column has nulls, or is not of eight bytes")
    found = np.frombuffer(received.getbuffer(), row, size // row.itemsize, HEADER)
    if any((found[f"length{place}"] != 8).any() for place in range(len(kinds))):
        raise ValueError("a column has nulls, or is not of eight bytes")
    return [found[f"value{place}"].astype(f"{kind}8") for place, kind in enumerate(kinds)]


def _copy_out(sql: str, params: Params) -> BytesIO:
    received = BytesIO()

    def copy(sql: str, params: Params, many: bool, context: dict[str, Any]) -> None:
        cursor = context["cursor"]
        query = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", received)

    with connection.cursor() as cursor:
        run: Callable[..., None] = copy
        # What watches queries sees this one too.
        for wrapper in reversed(connection.execute_wrappers):
            run = partial(wrapper, run)
        run(sql, params, False, {"connection": connection, "cursor": cursor})
    return received


def _fetched(sql: str, params: Params, kinds: str) -> list[NDArray[Any]]:
    row = np.dtype([(f"value{place}", f"{kind}8") for place, kind in enumerate(kinds)])
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        parts = [np.array(chunk, row) for chunk in iter(lambda: cursor.fetchmany(100_000), [])]
    found = np.concatenate(parts) if parts else np.empty(0, row)
    return [np.ascontiguousarray(found[f"value{place}"]) for place in range(len(kinds))]


class _Lines:
    """Rows as a file of text that is made as it is read, while the server takes in the last."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.chunks = _in_chunks(rows, LINES_AT_ONCE)

    def read(self, _size: int) -> str:
        """The next lines, however long; nothing at the end."""
        rows = next(self.chunks, [])
        return "".join("\t".join(map(_as_text, row)) + "\n" for row in rows)


def _as_text(value: Any) -> str:
    if value is None:
        return "\\N"
    return f"\\\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _in_chunks(
    rows: Iterable[Sequence[Any]], size: int = ROWS_AT_ONCE
) -> Iterator[list[Sequence[Any]]]:
    remaining = iter(rows)
    return iter(lambda: list(islice(remaining, size)), [])
