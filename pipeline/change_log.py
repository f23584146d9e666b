"""Migration operations that let the database itself write down what must be counted anew.

Whoever changes a deal, a service, an import, the administration site or a statement by hand: the
row stands in the log when the change does. A later migration that alters one of these tables on
SQLite rebuilds it and must run the operation again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.migrations.operations import RunPython

LOG = "INSERT INTO pipeline_dealchange (pipeline, deal, due)"
HISTORIES = ("pipeline_stagechange", "pipeline_amountchange")
TRANSITIONS = {
    "INSERT": "NEW TABLE AS changed",
    "UPDATE": "OLD TABLE AS before NEW TABLE AS changed",
    "DELETE": "OLD TABLE AS changed",
}
OF_THE_DEAL = ("pipeline_id", "customer_id", "product_id", "archived_at")


def log_changes() -> RunPython:
    """Triggers on histories, deals and list prices; reversible."""

    def watch(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for statement in _sqlite() if is_sqlite else _postgresql():
            schema_editor.execute(statement)

    def unwatch(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for table, event in _watched():
            on = "" if is_sqlite else f" ON {table}"
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on}")

    return RunPython(watch, unwatch)


def log_climbs() -> RunPython:
    """Triggers on moves on ladders and on customers; reversible."""

    def watch(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for climb in CLIMBS:
            for statement in climb.sqlite() if is_sqlite else climb.postgresql():
                schema_editor.execute(statement)

    def unwatch(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        for climb in CLIMBS:
            on = "" if is_sqlite else f" ON {climb.table}"
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {climb.name}{on}")

    return RunPython(watch, unwatch)


@dataclass(frozen=True)
class _Climb:
    """Something that changes what customers add: ``row`` are its ladder and customer."""

    table: str
    event: str
    row: tuple[str, str]
    changing: str = ""

    @property
    def name(self) -> str:
        return _name(self.table, self.event)

    def sqlite(self) -> Iterator[str]:
        row = "OLD" if self.event == "DELETE" else "NEW"
        ladder, customer = (name.format(row) for name in self.row)
        changing = f"WHEN OLD.{self.changing} IS NOT NEW.{self.changing}" if self.changing else ""
        yield (
            f"CREATE TRIGGER {self.name} AFTER {self.event} ON {self.table} {changing} "
            f"BEGIN {CLIMB_LOG} VALUES ({ladder}, {customer}, 0); END"
        )

    def postgresql(self) -> Iterator[str]:
        ladder, customer = (name.format("changed") for name in self.row)
        column, source = self.changing, "FROM changed"
        if column:
            both = "FROM changed JOIN before USING (id)"
            source = f"{both} WHERE before.{column} IS DISTINCT FROM changed.{column}"
        found = f"SELECT DISTINCT {ladder}, {customer}, 0 {source}"
        yield (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger AS $$ "
            f"BEGIN {CLIMB_LOG} {found}; RETURN NULL; END $$ LANGUAGE plpgsql"
        )
        yield (
            f"CREATE TRIGGER {self.name} AFTER {self.event} ON {self.table} "
            f"REFERENCING {TRANSITIONS[self.event]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {self.name}()"
        )


CLIMB_LOG = "INSERT INTO pipeline_customerchange (ladder, customer, due)"
OF_THE_MOVE = ("{}.ladder_id", "{}.customer_id")
CLIMBS = (
    _Climb("crm_lifecyclechange", "INSERT", OF_THE_MOVE),
    _Climb("crm_lifecyclechange", "UPDATE", OF_THE_MOVE),
    _Climb("crm_lifecyclechange", "DELETE", OF_THE_MOVE),
    _Climb("crm_customer", "UPDATE", ("CAST(NULL AS bigint)", "{}.id"), changing="archived_at"),
)


def _watched() -> Iterator[tuple[str, str]]:
    for table in HISTORIES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            yield table, event
    yield "pipeline_opportunity", "UPDATE"
    yield "pipeline_opportunity", "DELETE"
    yield "crm_product", "UPDATE"


def _name(table: str, event: str) -> str:
    return f"log_{table}_{event.lower()}"


def _sqlite() -> Iterator[str]:
    for table, event in _watched():
        row = "OLD" if event == "DELETE" else "NEW"
        rows, condition = f"VALUES ({row}.pipeline_id, {row}.opportunity_id, 0)", ""
        if table == "pipeline_opportunity":
            rows = f"VALUES ({row}.pipeline_id, {row}.id, 0)"
            if event == "UPDATE":
                rows += ", (OLD.pipeline_id, OLD.id, 0)"
                changed = (f"OLD.{name} IS NOT NEW.{name}" for name in OF_THE_DEAL)
                condition = f"WHEN {' OR '.join(changed)}"
        if table == "crm_product":
            rows = "SELECT pipeline_id, id, 0 FROM pipeline_opportunity WHERE product_id = NEW.id"
            condition = "WHEN OLD.price IS NOT NEW.price OR OLD.currency IS NOT NEW.currency"
        yield (
            f"CREATE TRIGGER {_name(table, event)} AFTER {event} ON {table} {condition} "
            f"BEGIN {LOG} {rows}; END"
        )


def _postgresql() -> Iterator[str]:
    """One row of the log a deal and statement, and not one a row of the statement."""
    for table, event in _watched():
        rows = "SELECT DISTINCT pipeline_id, opportunity_id, 0 FROM changed"
        if table == "pipeline_opportunity":
            rows = "SELECT pipeline_id, id, 0 FROM changed"
            if event == "UPDATE":
                old, new = (
                    f"({', '.join(f'{row}.{name}' for name in OF_THE_DEAL)})"
                    for row in ("before", "changed")
                )
                both = "FROM changed JOIN before USING (id)"
                pipelines = "unnest(ARRAY[before.pipeline_id, changed.pipeline_id])"
                moved = f"{old} IS DISTINCT FROM {new}"
                rows = f"SELECT DISTINCT {pipelines}, id, 0 {both} WHERE {moved}"
        if table == "crm_product":
            rows = (
                "SELECT deal.pipeline_id, deal.id, 0 FROM changed JOIN before USING (id) "
                "JOIN pipeline_opportunity deal ON deal.product_id = changed.id "
                "WHERE (before.price, before.currency) "
                "IS DISTINCT FROM (changed.price, changed.currency)"
            )
        name = _name(table, event)
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ "
            f"BEGIN {LOG} {rows}; RETURN NULL; END $$ LANGUAGE plpgsql"
        )
        yield (
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {TRANSITIONS[event]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
