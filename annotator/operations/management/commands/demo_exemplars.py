"""`manage.py demo_exemplars`: from failing answers of the demo to a verified prompt set and its run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.demo import DemoError
from annotator.operations.demo_exemplars import lines_of, run_demo_exemplars
from annotator.operations.demo_server import demo_server
from annotator.operations.rest_client import RestRefusalError
from annotator.operations.serving import listening_port, require_static_files


class Command(BaseCommand):
    help = (
        "Take failing answers of the demo through repair, approval, a prompt set and a few-shot run, over REST. Uses "
        "the demo that runs, else starts one until it is done. Again goes on where it was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="else PORT from the environment, else 8000")
        parser.add_argument("--prompts", type=int, help="load the demo with the first so many prompts only")

    def handle(self, *, port: int | None, prompts: int | None, **_: Any) -> None:
        require_static_files()
        try:
            with demo_server(port=listening_port(port), prompts=prompts) as base_url:
                for line in lines_of(run_demo_exemplars(base_url, self._write)):
                    self._write(line)
        except (DemoError, RestRefusalError) as error:
            raise CommandError(str(error)) from None

    def _write(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
