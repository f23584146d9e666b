"""Migration operation that lets whatever is written for a merged customer belong to the survivor.

Somebody may have read a customer, and write for it when it was merged into another meanwhile: by a
form, an import, a statement by hand. The database gives such a row to the survivor. On PostgreSQL
it waits for a merge that is under way. A later migration that alters one of these tables on SQLite
rebuilds it: it takes the triggers away first and follows again afterwards.
"""

from collections.abc import Iterator
from typing import Any

from django.db.migrations.operations import RunPython

TABLES = (
    "crm_activity",
    "crm_campaignmember",
    "crm_contact",
    "crm_customertick",
    "crm_file",
    "crm_purchase",
    "pipeline_opportunity",
)
SURVIVOR = "SELECT merged_into_id FROM crm_customer WHERE id = NEW.customer_id"
FOLLOW = "UPDATE {table} SET customer_id = ({survivor}) WHERE id = NEW.id"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION follow_merged_customer() RETURNS trigger AS $$
DECLARE survivor bigint;
BEGIN
    {SURVIVOR} FOR KEY SHARE INTO survivor;
    IF survivor IS NOT NULL THEN NEW.customer_id := survivor; END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql
"""


def follow_merged_customers() -> RunPython:
    """Triggers on what belongs to customers; reversible."""
    return RunPython(_watch, _unwatch)


def leave_merged_customers() -> RunPython:
    """Takes the triggers away, before a migration that rebuilds a table; reversible."""
    return RunPython(_unwatch, _watch)


def _watch(apps: Any, schema_editor: Any) -> None:
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in _sqlite() if is_sqlite else _postgresql():
        schema_editor.execute(statement)


def _unwatch(apps: Any, schema_editor: Any) -> None:
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for table in TABLES:
        for event in ("INSERT", "UPDATE"):
            on = "" if is_sqlite else f" ON {table}"
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on}")


def _name(table: str, event: str) -> str:
    # PostgreSQL runs triggers by name: this one before that on the deal of an activity.
    return f"a_{table}_follows_customer_{event.lower()}"


def _sqlite() -> Iterator[str]:
    for table in TABLES:
        for event, of in (("INSERT", ""), ("UPDATE", "OF customer_id ")):
            yield (
                f"CREATE TRIGGER {_name(table, event)} AFTER {event} {of}ON {table} "
                f"WHEN ({SURVIVOR}) IS NOT NULL "
                f"BEGIN {FOLLOW.format(table=table, survivor=SURVIVOR)}; END"
            )


def _postgresql() -> Iterator[str]:
    yield FUNCTION
    for table in TABLES:
        for event, of, changed in (
            ("INSERT", "", "NEW.customer_id IS NOT NULL"),
            ("UPDATE", "OF customer_id ", "NEW.customer_id IS DISTINCT FROM OLD.customer_id"),
        ):
            yield (
                f"CREATE TRIGGER {_name(table, event)} BEFORE {event} {of}ON {table} "
                f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION follow_merged_customer()"
            )
