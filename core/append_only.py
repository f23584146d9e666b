"""Migration operation that lets the database itself refuse changes to history rows.

Only ``voided_by``, ``voided_at`` and the links to people (for privacy erasure) may be set
afterwards. A later migration that alters such a table on SQLite rebuilds it and must run the
operation again.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import RunPython

SQLITE = """
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table}
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'history is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$ LANGUAGE plpgsql;
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_history_change()
"""


def append_only(table: str, columns: Sequence[str]) -> RunPython:
    """Refuse updates of ``columns`` of ``table``; reversible."""
    name = f"{table}_append_only"

    def protect(apps: Any, schema_editor: Any) -> None:
        sql = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
        schema_editor.execute(sql.format(name=name, table=table, columns=", ".join(columns)))

    def release(apps: Any, schema_editor: Any) -> None:
        on = "" if schema_editor.connection.vendor == "sqlite" else f" ON {table}"
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    return RunPython(protect, release)
