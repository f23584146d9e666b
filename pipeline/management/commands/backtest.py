import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.money import MissingExchangeRate
from pipeline.management.commands.estimate import find_pipeline
from pipeline.model_card import METHOD, card_document, comparisons, rules_of
from pipeline.services.backtests import run_backtest

HEADINGS = {
    "given_leads": "given the leads that came",
    "forecast_leads": "with the leads forecast too",
    "open": "of the deals open at each origin",
}
COLUMNS = (
    ("mape", "MAPE", ".1%"),
    ("bias", "bias", "+.1%"),
    ("wmape", "wMAPE", ".1%"),
    ("coverage80", "in 80 %", ".0%"),
    ("coverage90", "in 90 %", ".0%"),
    ("brier", "Brier", ".4f"),
    ("log_loss", "log-loss", ".4f"),
)


class Command(BaseCommand):
    help = "Judge the forecasts of a pipeline by its past and print the model card."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pipeline", metavar="NAME", help="default: the first one")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        pipeline = find_pipeline(options["pipeline"])
        try:
            document = card_document(run_backtest(pipeline))
        except MissingExchangeRate as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(document))
            return
        self.stdout.write(f"{pipeline.name}, as of {document['as_of']}, {document['deals']} deals")
        if document["sample"] > 1:
            self.stdout.write(f"judged by one deal in {document['sample']}")
        if not document["enough"]:
            self._print_missing(document)
            return
        self._print_tables(document)

    def _print_missing(self, document: dict[str, Any]) -> None:
        self.stdout.write("too little history:")
        for each in document["missing"]:
            self.stdout.write(f"  {each['code']}: {each['has']:g}, needed {each['needs']:g}")

    def _print_tables(self, document: dict[str, Any]) -> None:
        unit = document["unit"].replace("_", " ")
        origins = len(document["origins"])
        self.stdout.write(f"{origins} origins, sums of {document['horizon']} × {unit}")
        for counted, leads, comparison in comparisons(document):
            self.stdout.write(f"\n{counted} {HEADINGS[leads]}")
            head = " ".join(f"{title:>8}" for _key, title, _form in COLUMNS)
            self.stdout.write(f"{'':<18} {head} windows")
            for rule, scores in rules_of(comparison):
                self._print_scores("this method" if rule == METHOD else rule, scores)

    def _print_scores(self, name: str, scores: dict[str, Any]) -> None:
        figures = " ".join(f"{_figure(scores[key], form):>8}" for key, _title, form in COLUMNS)
        self.stdout.write(f"{name.replace('_', ' '):<18} {figures} {scores['windows']:>7}")


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
