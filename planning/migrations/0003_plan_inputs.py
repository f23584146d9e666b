"""What a plan asks beside its target: budget, margin, hires, assumptions, parts, scenarios."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import planning.models.job_roles
import planning.models.plans


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("crm", "0002_append_only_history"),
        ("pipeline", "0011_find_undated_deals"),
        ("planning", "0002_means"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assumption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("amount", "deal size"),
                            ("promotion", "promotion rate"),
                            ("pace", "time in the stages"),
                            ("direct", "deals that come by themselves"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "value",
                    models.FloatField(
                        help_text="A promotion rate from 0 to 1; else times what history says.",
                        verbose_name="value",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "assumption",
                "verbose_name_plural": "assumptions",
                "ordering": ["kind", "id"],
            },
        ),
        migrations.CreateModel(
            name="ChannelBudget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(help_text="First day of the month.")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=16,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            )
                        ],
                        verbose_name="amount",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel budget",
                "verbose_name_plural": "channel budgets",
                "ordering": ["channel", "month"],
            },
        ),
        migrations.CreateModel(
            name="TargetPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "dimension",
                    models.CharField(
                        choices=[
                            ("month", "month"),
                            ("quarter", "quarter"),
                            ("team", "team"),
                            ("source", "source"),
                            ("region", "region"),
                            ("product", "product"),
                        ],
                        max_length=10,
                        verbose_name="by",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=100, verbose_name="part")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=18,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            )
                        ],
                        verbose_name="amount",
                    ),
                ),
            ],
            options={
                "verbose_name": "part of a target",
                "verbose_name_plural": "parts of targets",
                "ordering": ["dimension", "id"],
            },
        ),
        migrations.AddField(
            model_name="plan",
            name="budget",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=18,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(
                        0, message="A budget cannot be negative."
                    )
                ],
                verbose_name="budget for leads",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="flexibility",
            field=models.FloatField(
                default=0.5,
                help_text="How far the new leads of a month may differ from the shape of the year.",
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(1.0),
                ],
                verbose_name="freedom of the months",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="margin",
            field=models.FloatField(
                blank=True,
                help_text="The share of revenue that is left after what was sold is paid for.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(1.0),
                ],
                verbose_name="gross margin",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="may_hire",
            field=models.BooleanField(default=True, verbose_name="may hire"),
        ),
        migrations.AddField(
            model_name="plan",
            name="objective",
            field=models.CharField(
                choices=[
                    ("cost", "least cost"),
                    ("profit", "most profit"),
                    ("revenue", "most revenue"),
                ],
                default="cost",
                max_length=10,
                verbose_name="objective",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="repeat_by_month",
            field=models.JSONField(
                blank=True,
                help_text="What earlier customers bring again; empty: as in the last year.",
                null=True,
                validators=[planning.models.plans.validate_amounts],
                verbose_name="repeat business by month",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="scenario_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scenarios",
                to="planning.plan",
                verbose_name="scenario of",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="wait_days",
            field=models.FloatField(
                default=5.0,
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(365.0),
                ],
                verbose_name="days a customer waits gladly",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="wait_half_life",
            field=models.FloatField(
                default=21.0,
                validators=[
                    django.core.validators.MinValueValidator(0.1),
                    django.core.validators.MaxValueValidator(3650.0),
                ],
                verbose_name="further days that halve the chance",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("budget__isnull", True), ("budget__gte", 0), _connector="OR"),
                name="plan_budget_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("margin__isnull", True),
                    models.Q(("margin__gte", 0), ("margin__lte", 1)),
                    _connector="OR",
                ),
                name="plan_margin_a_share",
            ),
        ),
        migrations.AddField(
            model_name="assumption",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="assumption",
            name="lifecycle_stage",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="crm.lifecyclestage",
            ),
        ),
        migrations.AddField(
            model_name="assumption",
            name="pipeline_stage",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="pipeline.stage",
            ),
        ),
        migrations.AddField(
            model_name="assumption",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="assumptions",
                to="planning.plan",
            ),
        ),
        migrations.AddField(
            model_name="channelbudget",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="planning.channel"
            ),
        ),
        migrations.AddField(
            model_name="channelbudget",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="channel_budgets",
                to="planning.plan",
            ),
        ),
        migrations.AddField(
            model_name="targetpart",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="target_parts",
                to="planning.plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="assumption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "promotion"), _negated=True),
                fields=("plan", "kind"),
                name="one_assumption_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="assumption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifecycle_stage__isnull", False)),
                fields=("plan", "lifecycle_stage"),
                name="one_assumption_per_lifecycle_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="assumption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pipeline_stage__isnull", False)),
                fields=("plan", "pipeline_stage"),
                name="one_assumption_per_pipeline_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="assumption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "promotion"),
                        models.Q(
                            ("lifecycle_stage__isnull", False),
                            ("pipeline_stage__isnull", False),
                            _connector="XOR",
                        ),
                    ),
                    models.Q(
                        models.Q(("kind", "promotion"), _negated=True),
                        ("lifecycle_stage__isnull", True),
                        ("pipeline_stage__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="promotion_is_of_one_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="assumption",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="assumption_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="assumption",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="assumption_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="channelbudget",
            constraint=models.UniqueConstraint(
                fields=("plan", "channel", "month"), name="one_budget_per_channel_and_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="channelbudget",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="channel_budget_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="targetpart",
            constraint=models.UniqueConstraint(
                fields=("plan", "dimension", "value"), name="one_target_per_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="targetpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="target_part_not_negative"
            ),
        ),
    ]
