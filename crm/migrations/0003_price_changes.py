import django.db.models.deletion
from django.db import migrations, models

from core.append_only import append_only
from crm.price_log import log_prices


class Migration(migrations.Migration):
    """The database writes down what products were listed at; what is written stays as it is."""

    dependencies = [
        ("core", "0001_initial"),
        ("crm", "0002_append_only_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "price",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "at",
                    models.DateTimeField(
                        blank=True, help_text="Business time; empty for all the past.", null=True
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(auto_now_add=True, help_text="Real time."),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_changes",
                        to="crm.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "price change",
                "verbose_name_plural": "price changes",
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(
                        fields=["product", "at", "id"], name="crm_pricech_product_665c55_idx"
                    )
                ],
            },
        ),
        append_only("crm_pricechange", ["product_id", "price", "currency", "at", "recorded_at"]),
        log_prices(),
    ]
