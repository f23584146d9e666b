import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.money import MissingExchangeRate
from pipeline.management.commands.estimate import find_pipeline
from pipeline.services.estimates import refresh
from planning.forecasting import MOST_MONTHS, forecast_document


class Command(BaseCommand):
    help = "Print what the deals that were open at a date will still bring."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pipeline", metavar="NAME", required=True)
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--months", type=int, default=12)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["months"] <= MOST_MONTHS:
            raise CommandError(f"--months is between 1 and {MOST_MONTHS}.")
        as_of = clock.day_start(options["as_of"]) if options["as_of"] else None
        try:
            estimate = refresh(find_pipeline(options["pipeline"]), as_of=as_of)
        except MissingExchangeRate as error:
            raise CommandError(str(error)) from error
        document = forecast_document(estimate, months=options["months"])
        if options["json"]:
            self.stdout.write(json.dumps(document))
            return
        self.stdout.write(f"{'month':<8} {'wins':>8} {'80 % band':>17} {'value':>16}")
        for row in document["months"]:
            band = f"({row['wins_low80']:.1f}–{row['wins_high80']:.1f})"
            self.stdout.write(
                f"{row['month'][:7]:<8} {row['wins']:>8.1f} {band:>17} {row['value']:>16,.0f}"
            )
