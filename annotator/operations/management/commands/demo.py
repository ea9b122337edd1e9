"""`manage.py demo`: runs the demo study on this machine until Ctrl-C. `make demo` calls it."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.demo import HOST, DemoError, run_demo
from annotator.operations.demo_console import DemoConsole
from annotator.operations.serving import listening_port, require_static_files
from annotator.studies.services.demo import RECORDED_PROMPTS


class Command(BaseCommand):
    help = "Load the demo study and start Valkey, a generation worker and the web server. Ctrl-C stops them all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="else PORT from the environment, else 8000")
        parser.add_argument("--prompts", type=int, help="generate for the first so many prompts only")
        parser.add_argument(
            "--recorded",
            type=int,
            default=RECORDED_PROMPTS,
            metavar="N",
            help="take the answers to the first N prompts from a recording: cases wait at once (default: %(default)s)",
        )
        parser.add_argument(
            "--stop-with-parent", action="store_true", help="stop when the calling process is gone, as `make` may be"
        )

    def handle(self, *, port: int | None, prompts: int | None, recorded: int, stop_with_parent: bool, **_: Any) -> None:
        require_static_files()
        port = listening_port(port)
        parent = os.getppid()
        console = DemoConsole(host=HOST, port=port, write=self._write)
        try:
            run_demo(
                port=port,
                prompts=prompts,
                recorded=recorded,
                console=console,
                ended=lambda: stop_with_parent and os.getppid() != parent,
            )
        except DemoError as error:
            raise CommandError(str(error)) from None

    def _write(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
