from django.db import migrations, models
from django.db.models import F


def mark(apps, schema_editor):
    """Until now they were known by the instant alone."""
    deals = apps.get_model("pipeline", "Opportunity").objects.filter(archived_at__isnull=False)
    along = deals.filter(customer__archived_at=F("archived_at")).values("pk")
    apps.get_model("pipeline", "Opportunity").objects.filter(pk__in=along).update(went_along=True)


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0018_hand_overs")]

    operations = [
        migrations.AddField(
            "opportunity",
            "went_along",
            models.BooleanField(
                null=True,
                editable=False,
                help_text="Archived with its customer, and comes back with it.",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
