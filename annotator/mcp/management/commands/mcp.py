"""`manage.py mcp`: serves tools for language models over standard input and output. docs/mcp.md."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.mcp.person import TokenError, calling_person
from annotator.mcp.server import make_server


class Command(BaseCommand):
    help = (
        "Serve verify, route, search_cases and read_case over MCP (stdio), as the owner of the token in COTRAST_TOKEN."
    )

    def handle(self, **_: Any) -> None:
        try:
            with calling_person():
                pass
        except TokenError as error:
            raise CommandError(str(error)) from None
        make_server().run()
