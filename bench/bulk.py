"""Writing millions of rows of a model at once: COPY on PostgreSQL, executemany on SQLite."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

CHUNK = 500_000

Columns = Mapping[str, Any]
"""By name of the model's field, one value a row (an array, or a Series with missing values), or
one for all rows; instants are int64 microseconds since 1970."""


def write_rows(model: type[models.Model], columns: Columns) -> int:
    """Insert one row for each value of `columns`; the first new primary key, of a run of them.

    Fields that are not named get what the model would give them. Instances, signals and, where
    the database user may, checks of foreign keys are passed by.
    """
    lengths = {len(value) for value in columns.values() if np.ndim(value)}
    (rows,) = lengths
    first = next_key(model)
    given = {**_defaults(model, columns), **columns, "id": np.arange(first, first + rows)}
    write = _copy if connection.vendor == "postgresql" else _insert
    with connection.constraint_checks_disabled(), transaction.atomic():
        for start in range(0, rows, CHUNK):
            write(model, _frame(model, given, slice(start, min(start + CHUNK, rows))))
        _reset_sequence(model)
    return first


def next_key(model: type[models.Model]) -> int:
    """The primary key after the highest."""
    last = model._default_manager.aggregate(last=models.Max("pk"))["last"]
    return (last or 0) + 1


def analyze() -> None:
    """Let the planner know what has been written."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _fields(model: type[models.Model]) -> "Iterator[models.Field[Any, Any]]":
    for field in model._meta.concrete_fields:
        if not field.generated and field.db_default is models.NOT_PROVIDED:
            yield field


def _defaults(model: type[models.Model], columns: Columns) -> dict[str, Any]:
    return {
        field.name: _default(field)
        for field in _fields(model)
        if field.name not in columns and not field.primary_key
    }


def _default(field: "models.Field[Any, Any]") -> Any:
    is_stamped = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    value = timezone.now() if is_stamped else field.get_default()
    if isinstance(field, models.DateTimeField) and value is not None:
        return pd.Timestamp(value).tz_convert("UTC").tz_localize(None)
    return value


def _frame(model: type[models.Model], given: Columns, rows: slice) -> pd.DataFrame:
    """Rows of a table, columns as the database calls them."""
    index = range(rows.start, rows.stop)
    columns = {}
    for field in _fields(model):
        value = given[field.name]
        part = value[rows] if np.ndim(value) else value
        is_instant = isinstance(field, models.DateTimeField) and np.ndim(value)
        columns[field.column] = pd.to_datetime(part, unit="us") if is_instant else part
    return pd.DataFrame({name: pd.Series(part, index) for name, part in columns.items()})


def _copy(model: type[models.Model], rows: pd.DataFrame) -> None:
    import duckdb

    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        path = Path(folder) / "rows.csv"
        # DuckDB writes CSV some twenty times faster than pandas.
        duckdb.connect().register("rows", rows).execute(
            f"COPY (SELECT * FROM rows) TO '{path}' (FORMAT csv, HEADER false)"
        )
        _pass_by_foreign_keys(cursor)
        with path.open() as lines:
            cursor.copy_expert(
                _statement("COPY {} ({}) FROM STDIN (FORMAT csv)", model, rows), lines
            )


def _pass_by_foreign_keys(cursor: Any) -> None:
    """Four checks a row cost several times the row; only a superuser may leave them out."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cursor.fetchone()[0]:
        cursor.execute("SET LOCAL session_replication_role = replica")


def _insert(model: type[models.Model], rows: pd.DataFrame) -> None:
    places = ", ".join(["%s"] * rows.shape[1])
    statement = _statement(f"INSERT INTO {{}} ({{}}) VALUES ({places})", model, rows)
    with connection.cursor() as cursor:
        values = zip(*(_values(rows[name]) for name in rows), strict=True)
        cursor.executemany(statement, list(values))


def _values(column: "pd.Series[Any]") -> list[Any]:
    """What SQLite stores: Django keeps instants there as text."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.astype(str).where(column.notna(), None).str.removesuffix(".000000")
    return [None if value is pd.NA or value is pd.NaT else value for value in column.tolist()]


def _statement(template: str, model: type[models.Model], rows: pd.DataFrame) -> str:
    quote = connection.ops.quote_name
    return template.format(quote(model._meta.db_table), ", ".join(map(quote, rows.columns)))


def _reset_sequence(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
