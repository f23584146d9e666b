from django.db import migrations

from pipeline.change_log import log_changes


class Migration(migrations.Migration):
    """The database writes down which deals must be counted anew."""

    dependencies = [
        ("pipeline", "0005_count_cube"),
        ("crm", "0002_append_only_history"),
    ]

    operations = [log_changes()]
