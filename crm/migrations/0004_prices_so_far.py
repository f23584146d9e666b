from typing import Any

from django.db import migrations


def write_prices(apps: Any, schema_editor: Any) -> None:
    """What is listed now, as listed all the time: nobody knows what was before."""
    product, change = apps.get_model("crm", "Product"), apps.get_model("crm", "PriceChange")
    priced = product.objects.filter(price__isnull=False, price_changes__isnull=True)
    change.objects.bulk_create(
        change(product_id=pk, price=price, currency=currency)
        for pk, price, currency in priced.values_list("pk", "price", "currency")
    )


class Migration(migrations.Migration):
    """Products that were there before their prices had a history begin one."""

    dependencies = [("crm", "0003_price_changes")]

    operations = [migrations.RunPython(write_prices, migrations.RunPython.noop)]
