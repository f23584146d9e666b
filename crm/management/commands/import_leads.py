from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from crm.lead_tables import LeadFileRefused
from crm.services.lead_files import import_leads


class Command(BaseCommand):
    help = "Put the companies of a CSV file into the inbox as new leads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--by", default="", metavar="EMAIL", help="Who imports.")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email__iexact=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"nobody has the email {options['by']}")
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                report = import_leads(lines, by=by)
        except (OSError, UnicodeDecodeError, LeadFileRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{report.made} leads made, {report.known} known already")
        for line, reason in report.refused:
            self.stdout.write(f"line {line} refused: {reason}")
