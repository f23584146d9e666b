import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.append_only import append_only


class Migration(migrations.Migration):
    """What people themselves give a deal, kept beside what the rates say."""

    dependencies = [
        ("core", "0001_initial"),
        ("pipeline", "0003_misclick_window_and_merged_stages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnProbability",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(help_text="Business time.")),
                (
                    "known_from",
                    models.DateTimeField(blank=True, help_text="Business time.", null=True),
                ),
                ("recorded_at", models.DateTimeField(auto_now_add=True, help_text="Real time.")),
                (
                    "voided_at",
                    models.DateTimeField(
                        blank=True, help_text="Business time of an undo.", null=True
                    ),
                ),
                (
                    "probability",
                    models.FloatField(blank=True, null=True, verbose_name="own probability"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "import_batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.importbatch",
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_probabilities",
                        to="pipeline.opportunity",
                    ),
                ),
                (
                    "pipeline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pipeline.pipeline",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pipeline.ownprobability",
                    ),
                ),
            ],
            options={
                "verbose_name": "own probability",
                "verbose_name_plural": "own probabilities",
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(
                        fields=["opportunity", "-at", "-id"], name="pipeline_ow_opportu_819d1d_idx"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("probability__isnull", True),
                            models.Q(("probability__gte", 0), ("probability__lte", 1)),
                            _connector="OR",
                        ),
                        name="own_probability_is_a_share",
                    )
                ],
            },
        ),
        append_only(
            "pipeline_ownprobability",
            ["opportunity_id", "pipeline_id", "probability", "at", "known_from", "recorded_at"],
        ),
    ]
