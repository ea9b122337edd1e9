"""`manage.py reset_password NAME`: a new password, drawn and shown once."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.studies.services import password_reset


class Command(BaseCommand):
    help = "Give somebody a new, generated password and print it once. Their open sessions and their tokens end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name they sign in with")

    def handle(self, *, name: str, **_: Any) -> None:
        try:
            password = password_reset(name=name)
        except User.DoesNotExist:
            known = ", ".join(User.objects.order_by("username").values_list("username", flat=True)[:20]) or "nobody yet"
            raise CommandError(f"Nobody is called {name!r}; known: {known}.") from None
        self.stdout.write(f"{name}   password  {password}")
