import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.management.commands.estimate import estimate_as_of, find_pipeline
from planning.forecasting import MOST_MONTHS, forecast_document


class Command(BaseCommand):
    help = "Print what the deals that were open at a date will still bring."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pipeline", metavar="NAME", required=True)
        parser.add_argument("--as-of", metavar="DATE")
        parser.add_argument("--months", default="12", metavar="N")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        months = _months(str(options["months"]))
        estimate = estimate_as_of(find_pipeline(options["pipeline"]), options["as_of"])
        document = forecast_document(estimate, months=months)
        if options["json"]:
            self.stdout.write(json.dumps(document))
            return
        self.stdout.write(f"{'month':<8} {'wins':>8} {'80 % band':>17} {'value':>16}")
        for row in document["months"]:
            band = f"({row['wins_low80']:.1f}–{row['wins_high80']:.1f})"
            self.stdout.write(
                f"{row['month'][:7]:<8} {row['wins']:>8.1f} {band:>17} {row['value']:>16,.0f}"
            )


def _months(text: str) -> int:
    if not (text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_MONTHS):
        raise CommandError(f"--months is a whole number between 1 and {MOST_MONTHS}.")
    return int(text)
