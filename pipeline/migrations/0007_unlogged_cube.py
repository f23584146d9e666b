from typing import Any

from django.db import migrations

TABLES = (
    "pipeline_cube",
    "pipeline_monthcell",
    "pipeline_bucketcell",
    "pipeline_counteddeal",
)


def set_logging(how: str, tables: tuple[str, ...]) -> Any:
    def alter(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for table in tables:
                schema_editor.execute(f"ALTER TABLE {table} SET {how}")

    return alter


class Migration(migrations.Migration):
    """Kept counts need no write-ahead log: after a crash they are empty and counted again.

    All of them, so that none is left that tells of others that are gone.
    """

    dependencies = [("pipeline", "0006_log_deal_changes")]

    operations = [
        migrations.RunPython(
            # What refers to an unlogged table must be unlogged first, and logged last.
            set_logging("UNLOGGED", TABLES[::-1]),
            set_logging("LOGGED", TABLES),
        )
    ]
