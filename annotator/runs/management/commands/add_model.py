"""`manage.py add_model SLUG NAME`: register a language model, so that runs and workers can name it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.backends import BACKENDS
from annotator.runs.errors import RunError
from annotator.runs.services import language_model_register


class Command(BaseCommand):
    help = "Register a language model: a hub name, a local folder, or wheel:NAME of an installed wheel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the short name that runs and workers use")
        parser.add_argument("name", help="e.g. Qwen/Qwen3-0.6B")
        parser.add_argument("--backend", default="transformers", choices=sorted(BACKENDS))
        parser.add_argument("--revision", default="", help="commit or tag on the hub")
        parser.add_argument("--options", default="{}", help="JSON object of backend options that change the text")
        parser.add_argument(
            "--serving", help="JSON object of how it is run, such as '{\"batch_size\": 4}'; may be changed at any time"
        )

    def handle(
        self, *, slug: str, name: str, backend: str, revision: str, options: str, serving: str | None, **_: Any
    ) -> None:
        try:
            model = language_model_register(
                slug=slug,
                backend=backend,
                name=name,
                revision=revision,
                options=_object("--options", options),
                serving=None if serving is None else _object("--serving", serving),
            )
        except RunError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{model.slug} is registered. Start a worker with: make worker MODEL={model.slug}")


def _object(option: str, text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{option} is not JSON: {error}.") from None
    if not isinstance(read, dict):
        raise CommandError(f"{option} must be a JSON object, such as '{{\"batch_size\": 16}}'.")
    return read
