from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services.api_keys import create_api_key


class Command(BaseCommand):
    help = "Make an API key and print it; it cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument(
            "--scopes", required=True, help="comma-separated: read,write,plan,admin"
        )
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.active().filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"No active user has the email {options['user']}.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            _, key = create_api_key(user, scopes=scopes, name=options["name"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
