"""`manage.py route_prompts NAME FILE`: say for each prompt of a file whether to reason."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.embeddings.wheels import EmbeddingsMissingError
from annotator.routing.decisions import decision_lines, read_prompts
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.routing.selectors import frozen_router, router_called


class Command(BaseCommand):
    help = "Say for each prompt of a file of JSON lines whether to reason, one JSON object a line, in the same order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="NAME for its newest version, or NAME@VERSION")
        parser.add_argument("file", type=Path, help='JSON lines with "prompt", such as those of IFEval')
        parser.add_argument("--device", default="auto", help="of a fine-tuned router: auto, cpu, cuda")

    def handle(self, *, name: str, file: Path, device: str, **options: Any) -> None:
        try:
            router = router_called(name)
            prompts = read_prompts(file)
            if router.features == Router.Features.FINETUNED:
                _ask_worker(f"{router.name}@{router.version}", file, device)
            lines = list(decision_lines(router, frozen_router(router), prompts))
        except (RoutingError, EmbeddingsMissingError) as error:
            raise CommandError(str(error)) from None
        for line in lines:
            self.stdout.write(line, ending="")


def _ask_worker(name: str, file: Path, device: str) -> None:
    """Replace this process: models are loaded by `workers`, which this project never imports."""
    job = json.dumps({"name": name, "file": str(file.resolve()), "device": device})
    os.chdir(settings.BASE_DIR)
    os.execv(sys.executable, [sys.executable, "-m", "workers.route_command", job])  # noqa: S606
