import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0007_unlogged_cube"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backtest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateTimeField()),
                ("computed_at", models.DateTimeField(auto_now_add=True)),
                ("history_from", models.DateTimeField(blank=True, null=True)),
                ("half_life_days", models.FloatField(blank=True, null=True)),
                ("deals", models.PositiveBigIntegerField()),
                ("sample", models.PositiveIntegerField(default=1)),
                ("document", models.JSONField()),
                (
                    "pipeline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="backtests",
                        to="pipeline.pipeline",
                    ),
                ),
            ],
            options={
                "verbose_name": "model card",
                "verbose_name_plural": "model cards",
                "ordering": ["-as_of", "-id"],
                "indexes": [
                    models.Index(
                        fields=["pipeline", "-as_of", "-id"], name="pipeline_ba_pipelin_677352_idx"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sample__gte", 1)),
                        name="backtest_samples_one_in_so_many",
                    )
                ],
            },
        ),
    ]
