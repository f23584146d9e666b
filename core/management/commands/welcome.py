from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from core.models import BusinessClock

DEMO_DOMAIN = "billion.example"


class Command(BaseCommand):
    help = "Print where the product answers, and who can sign in where that is known."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"\nStepwise answers at  http://localhost:{settings.PORT}/\n")
        if BusinessClock.objects.filter(pinned_at__isnull=False).exists():
            self.stdout.write("Demo log-ins, password stepwise-demo:")
            for who in ("admin", "manager", "rep"):
                self.stdout.write(f"  {who}@{DEMO_DOMAIN}")
        if not get_user_model().objects.exists():
            self.stdout.write("Nobody can sign in yet. Make the first administrator with")
            self.stdout.write("  .venv/bin/python manage.py createsuperuser")
        self.stdout.write("Ctrl-C stops web, worker and beat together.\n\n")
