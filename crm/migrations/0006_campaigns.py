import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.vocabulary


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_purchases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "status",
                    models.CharField(
                        choices=[("planned", "planned"), ("running", "running"), ("done", "done")],
                        default="planned",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="begins")),
                (
                    "ends_on",
                    models.DateField(
                        blank=True,
                        help_text="Its last day; empty where it goes on.",
                        null=True,
                        verbose_name="ends",
                    ),
                ),
                (
                    "budget",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        verbose_name="budget",
                    ),
                ),
                (
                    "actual_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        verbose_name="actual cost",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "expected_leads",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="expected leads"
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("created_at", models.DateTimeField(help_text="Business time.")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="crm.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "campaign",
                "verbose_name_plural": "campaigns",
                "ordering": ["-starts_on", "-id"],
            },
            bases=(core.vocabulary.Named, models.Model),
        ),
        migrations.CreateModel(
            name="CampaignMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("invited", "invited"),
                            ("responded", "responded"),
                            ("declined", "declined"),
                        ],
                        default="invited",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "responded_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="responded on"),
                ),
                ("added_at", models.DateTimeField(help_text="Business time.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="crm.campaign",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="campaigns",
                        to="crm.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a campaign",
                "verbose_name_plural": "members of campaigns",
                "ordering": ["campaign", "customer__name", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(fields=["source", "starts_on"], name="campaign_of_source"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="campaign_ends_after_it_begins",
                violation_error_message="A campaign cannot end before it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("budget__isnull", True), ("budget__gte", 0), _connector="OR"),
                    models.Q(
                        ("actual_cost__isnull", True), ("actual_cost__gte", 0), _connector="OR"
                    ),
                ),
                name="campaign_costs_not_negative",
                violation_error_message="A cost cannot be negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="campaign_has_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignmember",
            constraint=models.UniqueConstraint(
                fields=("campaign", "customer"),
                name="once_in_a_campaign",
                violation_error_message="This customer is in the campaign already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("responded_at__isnull", True), ("status", "invited")),
                    models.Q(
                        models.Q(("status", "invited"), _negated=True),
                        ("responded_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="response_has_an_instant",
            ),
        ),
    ]
