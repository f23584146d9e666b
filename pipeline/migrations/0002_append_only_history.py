from django.db import migrations

from core.append_only import append_only


class Migration(migrations.Migration):
    """A stage or amount change, once written, stays as it is."""

    dependencies = [("pipeline", "0001_initial")]

    operations = [
        append_only(
            "pipeline_stagechange",
            [
                "opportunity_id",
                "pipeline_id",
                "from_stage_id",
                "to_stage_id",
                "at",
                "known_from",
                "recorded_at",
            ],
        ),
        append_only(
            "pipeline_amountchange",
            [
                "opportunity_id",
                "pipeline_id",
                "amount",
                "currency",
                "at",
                "known_from",
                "recorded_at",
            ],
        ),
    ]
