from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0009_repeat_overlap"),
    ]

    operations = [
        migrations.AddField(
            model_name="stageeffort",
            name="measured_by_pipeline",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
