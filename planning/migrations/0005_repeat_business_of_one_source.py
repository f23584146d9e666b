"""Repeat business of a plan is read from deals, from purchases, or as typed with a reason."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("pipeline", "0011_find_undated_deals"),
        ("planning", "0004_measured_hours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="repeat_from_purchases",
            field=models.BooleanField(
                default=False,
                help_text="Instead of from the deals of existing customers.",
                verbose_name="repeat business from purchases",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="repeat_reason",
            field=models.CharField(
                blank=True, max_length=300, verbose_name="reason for the typed repeat business"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("repeat_from_purchases", False),
                    ("repeat_by_month__isnull", True),
                    _connector="OR",
                ),
                name="plan_repeat_of_one_source",
                violation_error_message="Repeat business is either typed or from purchases.",
            ),
        ),
    ]
