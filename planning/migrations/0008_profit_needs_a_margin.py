from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0007_margin_of_profit_plans")]

    operations = [
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("objective", "profit"), _negated=True),
                    ("margin__isnull", False),
                    _connector="OR",
                ),
                name="plan_of_profit_has_a_margin",
                violation_error_message=(
                    "Say the gross margin: without it all revenue would count as profit."
                ),
            ),
        ),
    ]
