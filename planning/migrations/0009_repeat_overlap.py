from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0008_profit_needs_a_margin")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="repeat_overlap",
            field=models.CharField(
                choices=[
                    ("purchases", "their purchases"),
                    ("deals", "their deals"),
                    ("larger", "of each the larger of the two"),
                ],
                default="purchases",
                help_text="Where repeat business is read from purchases.",
                max_length=10,
                verbose_name="read of customers with purchases and deals",
            ),
        ),
    ]
