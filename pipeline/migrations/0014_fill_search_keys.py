from typing import Any

from django.db import migrations

from core.derived import fill_derived


def fill(apps: Any, schema_editor: Any) -> None:
    from pipeline.models import Opportunity

    rows = apps.get_model("pipeline", "Opportunity").objects.all()
    fill_derived(Opportunity, names=("name_key", "search_key"), rows=rows)


class Migration(migrations.Migration):
    """What is there already can be found as well."""

    dependencies = [("pipeline", "0013_search_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
