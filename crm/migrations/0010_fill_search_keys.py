from typing import Any

from django.db import migrations

from core.derived import fill_derived


def fill(apps: Any, schema_editor: Any) -> None:
    from crm.models import Contact, Customer

    keys = ("name_key", "search_key", "phone_key", "domain_key")
    for model in (Customer, Contact):
        rows = apps.get_model("crm", model.__name__).objects.all()
        fill_derived(model, names=keys, rows=rows)


class Migration(migrations.Migration):
    """What is there already can be found as well."""

    dependencies = [("crm", "0009_search_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
