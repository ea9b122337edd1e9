"""`manage.py start_web`: replaces this process by the web server.

Needs migrated tables and collected static files.
"""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.serving import listening_port, require_static_files, server_arguments
from annotator.operations.supervisor.ports import port_is_free


class Command(BaseCommand):
    help = "Start the web server. Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in (see ALLOWED_HOSTS)")
        parser.add_argument("--port", type=int, help="else PORT from the environment, else 8000")

    def handle(self, *, host: str, port: int | None, **_: Any) -> None:
        require_static_files()
        port = listening_port(port)
        if not port_is_free(host, port):
            raise CommandError(f"Port {port} is taken by another program; choose another: PORT={port + 1} make web")
        self.stdout.write(f"http://{host}:{port}/")
        self.stdout.flush()
        os.execv(sys.executable, server_arguments(host, port))  # noqa: S606
