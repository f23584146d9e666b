from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.management.importing import add_options, lines_of, run_import
from pipeline.services.importing import import_deals, read_mapping


class Command(BaseCommand):
    help = "Import deals and the log of their stages from CSV, gzipped CSV or Excel files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deals", type=Path, metavar="DEALS")
        parser.add_argument("history", type=Path, nargs="?", metavar="HISTORY")
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        report = run_import(
            lambda progress: import_deals(
                options["deals"],
                options["history"],
                mapping=read_mapping(options["mapping"]),
                dry_run=options["dry_run"],
                progress=progress,
            )
        )
        for line in lines_of(report, dry_run=options["dry_run"]):
            self.stdout.write(line)
