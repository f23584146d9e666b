from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.models import ImportBatch
from pipeline.services.importing.undo import undo_import


class Command(BaseCommand):
    help = (
        "Take back an import of deals, purchases or leads: what it told is voided, what it had "
        "corrected holds again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "import", type=int, metavar="ID", help="its number in the list of imports"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        batch = ImportBatch.objects.filter(pk=options["import"]).first()
        if batch is None:
            raise CommandError(f"There is no import {options['import']}.")
        try:
            undone = undo_import(batch, by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if undone.purchases:
            made, corrected = undone.purchases.archived, undone.purchases.restored
            self.stdout.write(_("purchases archived %(purchases)s") % {"purchases": made})
            self.stdout.write(_("corrected ones that count again %(again)s") % {"again": corrected})
            return
        if undone.leads:
            batch.refresh_from_db()
            told = {"leads": batch.created - undone.leads.kept, "kept": undone.leads.kept}
            self.stdout.write(_("leads archived %(leads)s, still here %(kept)s") % told)
            return
        self.stdout.write(_("deals set back %(deals)s") % {"deals": undone.deals})
        self.stdout.write(_("of them archived %(archived)s") % {"archived": undone.archived})
