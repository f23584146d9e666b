import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial"), ("crm", "0004_prices_so_far")]

    operations = [
        migrations.CreateModel(
            name="Purchase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "external_id",
                    models.CharField(
                        blank=True, max_length=100, null=True, verbose_name="external id"
                    ),
                ),
                ("at", models.DateTimeField(help_text="Business time.", verbose_name="bought on")),
                (
                    "units",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=14, null=True, verbose_name="units"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        verbose_name="amount",
                    ),
                ),
                (
                    "margin",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="What remains of the amount after its own costs.",
                        max_digits=16,
                        null=True,
                        verbose_name="margin",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "is_by_hand",
                    models.BooleanField(
                        default=False,
                        help_text="What a person typed or corrected; no import overrules it.",
                    ),
                ),
                (
                    "known_from",
                    models.DateTimeField(blank=True, help_text="Business time.", null=True),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="crm.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "import_batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.importbatch",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="crm.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="crm.purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "purchase",
                "verbose_name_plural": "purchases",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(fields=["customer", "at"], name="purchase_of_customer"),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(fields=["-at", "-id"], name="purchase_latest"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True), ("external_id__isnull", False)),
                fields=("external_id",),
                name="one_purchase_per_external_id",
                violation_error_message="A purchase with this external id exists already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__isnull", True), ("amount__gte", 0), _connector="OR"),
                name="purchase_amount_not_negative",
                violation_error_message="A purchase cannot have a negative amount.",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__isnull", True), ("units__gt", 0), _connector="OR"),
                name="purchase_of_something",
                violation_error_message="Units must be more than none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("replaced_by__isnull", True), ("archived_at__isnull", False), _connector="OR"
                ),
                name="replaced_purchase_is_archived",
            ),
        ),
    ]
