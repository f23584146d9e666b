from django.db import migrations

from core.trigrams import search_indexes


class Migration(migrations.Migration):
    """On PostgreSQL, names are found by their beginning and by their trigrams."""

    dependencies = [("pipeline", "0014_fill_search_keys")]

    operations = [search_indexes("pipeline_opportunity")]
