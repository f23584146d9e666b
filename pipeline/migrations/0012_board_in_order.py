from typing import Any

from django.db import migrations

# What the board adds up, so that it need not read the deals themselves.
ADDED_UP = "owner_id, source_id, product_id, region, currency, amount, closed_at, archived_at"
INDEXES = {
    "board_by_stage": "(pipeline_id, stage_id, stage_entered_at DESC NULLS LAST, id DESC)"
    f" INCLUDE ({ADDED_UP})",
    "board_of_owner": "(owner_id, pipeline_id, stage_id, stage_entered_at DESC NULLS LAST,"
    " id DESC)",
    "deals_in_order": "(pipeline_id, stage_entered_at DESC NULLS LAST, id DESC)",
}


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, columns in INDEXES.items():
        table = f"pipeline_opportunity {columns} WHERE archived_at IS NULL"
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table}")


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    """Indexes in the order in which boards and lists show deals, those without a date last.

    SQLite needs none of them: its own order of a descending index is that order.
    """

    dependencies = [("pipeline", "0011_find_undated_deals")]

    operations = [migrations.RunPython(make, drop)]
