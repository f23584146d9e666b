from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.models import BusinessClock

DEMO_DOMAIN = "billion.example"


class Command(BaseCommand):
    help = "Print where the product answers, and the demo company's log-ins where it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"\nStepwise answers at  http://localhost:{settings.PORT}/\n")
        if BusinessClock.objects.filter(pinned_at__isnull=False).exists():
            self.stdout.write("Demo log-ins, password stepwise-demo:")
            for who in ("admin", "manager", "rep"):
                self.stdout.write(f"  {who}@{DEMO_DOMAIN}")
        self.stdout.write("Ctrl-C stops web, worker and beat together.\n\n")
