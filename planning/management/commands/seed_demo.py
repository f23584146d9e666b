from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from planning.demo.company import DOMAIN, PASSWORD
from planning.demo.seeding import OtherDataExist, Summary, is_seeded, refuse_collisions, seed


class Command(BaseCommand):
    help = "Build the demo company, the same every time, and pin the clock to its date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", choices=["billion"], default="billion")
        parser.add_argument("--scale", type=int, default=1, metavar="N", help="N times as large")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where other data exist"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scale"] < 1:
            raise CommandError("The scale is a whole number from 1 on.")
        if is_seeded():
            self.stdout.write("The demo company Billion is there already; nothing was changed.")
            return
        try:
            refuse_collisions()
        except OtherDataExist as error:
            if not options["if_empty"]:
                raise CommandError(str(error)) from error
            self.stdout.write(f"No demo company: {error}")
            return
        self._build(options["scale"])

    def _build(self, scale: int) -> None:
        self.stdout.write("Building the demo company Billion …")
        self._tell(seed(scale))

    def _tell(self, made: Summary) -> None:
        self.stdout.write(
            f"{made.customers:,} customers, {made.deals:,} deals ({made.open_deals:,} open) and "
            f"{made.reps} sales reps, from {made.founded} to {made.last_day}.\n"
            f"Won in {made.last_day.year}: {made.revenue:,.0f} {made.plan.currency}; plan "
            f"“{made.plan.name}” {made.plan.year}: {made.plan.target:,.0f} {made.plan.currency}.\n"
            f"The clock stands at {made.clock:%Y-%m-%d %H:%M}. Log-ins, password {PASSWORD}:"
        )
        for who in ("admin", "manager", "rep"):
            self.stdout.write(f"  {who}@{DOMAIN}")
