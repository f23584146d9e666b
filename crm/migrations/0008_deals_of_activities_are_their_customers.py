from django.db import migrations

from crm.deal_of_activity import keep_deals_of_activities


class Migration(migrations.Migration):
    """The database keeps an activity's deal one of the same customer."""

    dependencies = [("crm", "0007_time_and_deal_of_activities")]

    operations = [keep_deals_of_activities()]
