"""`manage.py train_requested_routers`: trains the requested routers, and ends. A request starts it."""

from typing import Any

from django.core.management.base import BaseCommand

from annotator.routing.services import trainings_carry_out


class Command(BaseCommand):
    help = "Train every router that was requested on a page or over REST. Safe to start any number of times."

    def handle(self, **_: Any) -> None:
        self.stdout.write(f"Carried out: {trainings_carry_out()}.")
