from django.db import migrations
from django.db.models import Exists, Max, OuterRef, Subquery


def note_given_up(apps, schema_editor):
    """Leads whose customers stand on lost stages of all their ladders wait no more."""
    Lead = apps.get_model("crm", "Lead")
    positions = apps.get_model("crm", "LadderPosition").objects.filter(
        customer=OuterRef("customer")
    )
    last = positions.order_by().values("customer").annotate(last=Max("since")).values("last")
    given_up = Lead.objects.filter(Exists(positions.filter(stage__is_lost=True)))
    given_up = given_up.exclude(Exists(positions.filter(stage__is_lost=False)))
    given_up.update(given_up_at=Subquery(last))


class Migration(migrations.Migration):
    dependencies = [("crm", "0019_leads_given_up")]

    operations = [migrations.RunPython(note_given_up, migrations.RunPython.noop)]
