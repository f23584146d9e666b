import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.money import MissingExchangeRate
from planning.models import Plan
from planning.selectors import plan_document
from planning.services.plans import NoEstimate, solve_plan


class Command(BaseCommand):
    help = "Solve a plan and print its requirements."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", help="id or name")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = _find(options["plan"])
        try:
            document = plan_document(solve_plan(plan))
        except NoEstimate as error:
            raise CommandError(
                "No rates have been computed for this pipeline; run `estimate` first."
            ) from error
        except MissingExchangeRate as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(document))
            return
        self.stdout.write(document["verdict"]["text"])
        for row in document["requirements"]:
            self.stdout.write(f"{row['month'][:7]}  {row['name']:<20} {row['entries']:10.1f}")


def _find(wanted: str) -> Plan:
    by_name = Plan.objects.filter(name=wanted)
    found = by_name.first() or (wanted.isdigit() and Plan.objects.filter(pk=wanted).first())
    if not found:
        raise CommandError(f"No plan has the id or the name {wanted!r}.")
    return found
