"""Roles, people, holidays and channels: what a plan may use."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.vocabulary
import planning.models.job_roles
import planning.models.plans


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("crm", "0002_append_only_history"),
        ("pipeline", "0011_find_undated_deals"),
        ("planning", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "lead_months",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(24)],
                        verbose_name="months from spending to leads",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(default=True, verbose_name="may be planned with"),
                ),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "ordering": ["source__name"],
            },
        ),
        migrations.CreateModel(
            name="ChannelTier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "leads_per_month",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(10000000.0),
                        ],
                        verbose_name="leads a month",
                    ),
                ),
                (
                    "cost_per_lead",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            )
                        ],
                        verbose_name="cost of each",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel tier",
                "verbose_name_plural": "channel tiers",
                "ordering": ["channel", "cost_per_lead", "id"],
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("is_workday", models.BooleanField(default=False, verbose_name="worked instead")),
            ],
            options={
                "verbose_name": "holiday",
                "verbose_name_plural": "holidays",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="JobRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("order", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                (
                    "hours_per_day",
                    models.FloatField(
                        default=6.0,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(24),
                        ],
                        verbose_name="hours with customers a day",
                    ),
                ),
                (
                    "monthly_cost",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=14,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            )
                        ],
                        verbose_name="cost a month",
                    ),
                ),
                (
                    "recruiting_cost",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=14,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            )
                        ],
                        verbose_name="cost of a hire",
                    ),
                ),
                (
                    "ramp",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[planning.models.job_roles.validate_ramp],
                        verbose_name="first months",
                    ),
                ),
                (
                    "attrition",
                    models.FloatField(
                        default=0.0,
                        help_text="The share of people who leave in a year.",
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(0.95),
                        ],
                        verbose_name="leave in a year",
                    ),
                ),
                (
                    "training_hours",
                    models.FloatField(
                        default=0.0,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(200),
                        ],
                        verbose_name="hours of others for each who learns",
                    ),
                ),
                (
                    "notice_months",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[django.core.validators.MaxValueValidator(24)],
                        verbose_name="months until a hire begins",
                    ),
                ),
                (
                    "most_hires",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="most hires a month"
                    ),
                ),
                (
                    "overtime_share",
                    models.FloatField(
                        default=0.0,
                        help_text="As a share of the hours there are.",
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="most overtime",
                    ),
                ),
                (
                    "overtime_cost",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=10,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            )
                        ],
                        verbose_name="cost of an hour of overtime",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "job role",
                "verbose_name_plural": "job roles",
                "ordering": ["order", "name"],
            },
            bases=(core.vocabulary.Named, models.Model),
        ),
        migrations.CreateModel(
            name="Staff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "headcount",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="people",
                    ),
                ),
                (
                    "share",
                    models.FloatField(
                        default=1.0,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(2.0),
                        ],
                        verbose_name="share of full time",
                    ),
                ),
                ("begins", models.DateField(verbose_name="begins")),
                ("ends", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name": "staff",
                "verbose_name_plural": "staff",
                "ordering": ["role__order", "begins", "id"],
            },
        ),
        migrations.CreateModel(
            name="StageEffort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "per_entry",
                    models.FloatField(
                        default=0.0,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="hours for each",
                    ),
                ),
                (
                    "per_month",
                    models.FloatField(
                        default=0.0,
                        validators=[
                            django.core.validators.MinValueValidator(
                                0, message="This cannot be negative."
                            ),
                            django.core.validators.MaxValueValidator(700),
                        ],
                        verbose_name="hours a month for each",
                    ),
                ),
                ("is_measured", models.BooleanField(default=False, verbose_name="measured")),
            ],
            options={
                "verbose_name": "effort of a stage",
                "verbose_name_plural": "efforts of stages",
                "ordering": ["role", "id"],
            },
        ),
        migrations.AddField(
            model_name="channel",
            name="source",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="channel",
                to="crm.source",
                verbose_name="source",
            ),
        ),
        migrations.AddField(
            model_name="channeltier",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tiers",
                to="planning.channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="jobrole",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours_per_day__gte", 0), ("hours_per_day__lte", 24)),
                name="job_role_hours_of_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="jobrole",
            constraint=models.CheckConstraint(
                condition=models.Q(("attrition__gte", 0), ("attrition__lt", 1)),
                name="job_role_attrition_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="jobrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("monthly_cost__gte", 0), ("overtime_cost__gte", 0), ("recruiting_cost__gte", 0)
                ),
                name="job_role_costs_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="planned_hires",
                to="planning.plan",
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="role",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="staff",
                to="planning.jobrole",
                verbose_name="job role",
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.team",
                verbose_name="team",
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="stageeffort",
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
            model_name="stageeffort",
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
            model_name="stageeffort",
            name="role",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="efforts",
                to="planning.jobrole",
            ),
        ),
        migrations.AddConstraint(
            model_name="channeltier",
            constraint=models.UniqueConstraint(
                fields=("channel", "cost_per_lead"),
                name="one_tier_per_price",
                violation_error_message="This channel has a tier of that price already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="channeltier",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost_per_lead__gte", 0), ("leads_per_month__gte", 0)),
                name="tier_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="staff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends__isnull", True), ("ends__gte", models.F("begins")), _connector="OR"
                ),
                name="staff_ends_after_beginning",
                violation_error_message="The last day is before the first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="staff",
            constraint=models.CheckConstraint(
                condition=models.Q(("headcount__gte", 1), ("share__gte", 0)),
                name="staff_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="stageeffort",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifecycle_stage__isnull", True),
                    ("pipeline_stage__isnull", True),
                    _connector="XOR",
                ),
                name="effort_of_one_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="stageeffort",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifecycle_stage__isnull", False)),
                fields=("role", "lifecycle_stage"),
                name="one_effort_per_lifecycle_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="stageeffort",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pipeline_stage__isnull", False)),
                fields=("role", "pipeline_stage"),
                name="one_effort_per_pipeline_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="stageeffort",
            constraint=models.CheckConstraint(
                condition=models.Q(("per_entry__gte", 0), ("per_month__gte", 0)),
                name="effort_not_negative",
            ),
        ),
    ]
