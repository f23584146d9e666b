from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.management.importing import add_options, lines_of, run_import
from pipeline.services.importing import import_purchases, read_mapping


class Command(BaseCommand):
    help = "Import what customers bought from a CSV, gzipped CSV or Excel file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        report = run_import(
            lambda progress: import_purchases(
                options["file"],
                mapping=read_mapping(options["mapping"], tells="purchases"),
                dry_run=options["dry_run"],
                progress=progress,
            )
        )
        for line in lines_of(report, dry_run=options["dry_run"]):
            self.stdout.write(line)
