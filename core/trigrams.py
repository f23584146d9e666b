"""Trigram indexes of PostgreSQL, where the database has them and may make them."""

import logging
from typing import Any

from django.db import transaction
from django.db.migrations.operations import RunPython
from django.db.utils import DatabaseError

log = logging.getLogger(__name__)


def search_indexes(table: str) -> RunPython:
    """Index ``search_key`` by trigrams and ``name_key`` by its beginning; reversible.

    Nothing on SQLite, and only the beginnings where the extension may not be made: searching is
    then slower, and finds the same.
    """

    def make(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        schema_editor.execute(f"CREATE INDEX {table}_begins ON {table} (name_key text_pattern_ops)")
        if _has_extension(schema_editor.connection):
            schema_editor.execute(
                f"CREATE INDEX {table}_trigrams ON {table} USING gin (search_key gin_trgm_ops) "
                # What was written last is read one by one until it is put in its place.
                "WITH (gin_pending_list_limit = 256)"
            )

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for name in ("begins", "trigrams"):
                schema_editor.execute(f"DROP INDEX IF EXISTS {table}_{name}")

    return RunPython(make, drop)


def _has_extension(database: Any) -> bool:
    try:
        with transaction.atomic(using=database.alias), database.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        log.warning(
            "The extension pg_trgm is missing and may not be made by this user of the database: "
            "searching works without it, more slowly. Who may: CREATE EXTENSION pg_trgm;"
        )
        return False
    return True
