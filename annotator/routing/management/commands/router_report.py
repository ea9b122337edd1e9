"""`manage.py router_report NAME`: print the model card of a router, or its report or artifact as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.routing.errors import RoutingError
from annotator.routing.selectors import router_called


class Command(BaseCommand):
    help = "Print a router's model card in Markdown, or what it was made of."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="NAME for its newest version, or NAME@VERSION")
        parser.add_argument(
            "--format",
            choices=("md", "json", "artifact"),
            default="md",
            help="the card; the report as JSON; or the frozen router, as the parameter `router` of a run",
        )

    def handle(self, *, name: str, **options: Any) -> None:
        try:
            router = router_called(name)
        except RoutingError as error:
            raise CommandError(str(error)) from None
        if options["format"] == "md":
            self.stdout.write(router.card, ending="")
        else:
            value = router.artifact if options["format"] == "artifact" else _report(router)
            self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))


def _report(router: Any) -> dict[str, Any]:
    named = {"name": router.name, "version": router.version, "hash": router.content_hash}
    return {**named, "training": router.training, "splits": router.report}
