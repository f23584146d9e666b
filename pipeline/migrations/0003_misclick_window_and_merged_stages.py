import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a pipeline reads otherwise than it was told: slips, and stages that became one."""

    dependencies = [
        ("pipeline", "0002_append_only_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="pipeline",
            name="misclick_minutes",
            field=models.PositiveSmallIntegerField(
                default=5,
                help_text=(
                    "A deal that is back where it was within so many minutes was moved by "
                    "mistake, and the rates take it as never moved. 0 counts every move."
                ),
                validators=[django.core.validators.MaxValueValidator(1440)],
                verbose_name="minutes to take a move back",
            ),
        ),
        migrations.AddField(
            model_name="stage",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="pipeline.stage",
                verbose_name="merged into",
            ),
        ),
        migrations.AddConstraint(
            model_name="stage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True), ("retired_at__isnull", False), _connector="OR"
                ),
                name="merged_stage_is_retired",
                violation_error_message=(
                    "This stage was merged into another; take it out of there first."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="stage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="stage_not_merged_into_itself",
            ),
        ),
    ]
