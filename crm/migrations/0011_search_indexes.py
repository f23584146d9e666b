from django.db import migrations

from core.trigrams import search_indexes


class Migration(migrations.Migration):
    """On PostgreSQL, names are found by their beginning and by their trigrams."""

    dependencies = [("crm", "0010_fill_search_keys")]

    operations = [search_indexes("crm_customer"), search_indexes("crm_contact")]
