from django.db import migrations


def say_what_was_taken(apps, schema_editor):
    """Plans for the most profit without a margin counted all revenue as profit."""
    plans = apps.get_model("planning", "Plan").objects
    plans.filter(objective="profit", margin__isnull=True).update(margin=1.0)


class Migration(migrations.Migration):
    dependencies = [("planning", "0006_limits_of_amounts")]

    operations = [migrations.RunPython(say_what_was_taken, migrations.RunPython.noop)]
