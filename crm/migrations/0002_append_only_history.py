from django.db import migrations

from core.append_only import append_only


class Migration(migrations.Migration):
    """A lifecycle change, once written, stays as it is."""

    dependencies = [("crm", "0001_initial")]

    operations = [
        append_only(
            "crm_lifecyclechange",
            [
                "customer_id",
                "ladder_id",
                "from_stage_id",
                "to_stage_id",
                "at",
                "known_from",
                "recorded_at",
            ],
        ),
    ]
