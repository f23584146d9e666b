from django.db import migrations

from crm.following import follow_merged_customers


class Migration(migrations.Migration):
    """The database gives what is written for a merged customer to the survivor."""

    dependencies = [("crm", "0014_customer_merges"), ("pipeline", "0017_files")]

    operations = [follow_merged_customers()]
