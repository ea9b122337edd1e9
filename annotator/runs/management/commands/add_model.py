"""`manage.py add_model SLUG NAME`: register a language model, so that runs and workers can name it.

With `--from-catalogue NAME` the model is one of the study's (`annotator.runs.catalogue`), under its own slug or SLUG.
Checks at once what this machine can see without loading the model: its options, files and chat template.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.backends import BACKENDS, FROM_FILES, GENERATING
from annotator.checkpoint_files import CheckpointError, check_files
from annotator.options import OptionsError
from annotator.runs.catalogue import catalogue_model
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.services import language_model_from_catalogue, language_model_register


class Command(BaseCommand):
    help = "Register a language model: a hub name, a local folder, or wheel:NAME of an installed wheel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", default="", help="the short name that runs and workers use")
        parser.add_argument("name", nargs="?", default="", help="e.g. Qwen/Qwen3-0.6B")
        parser.add_argument(
            "--from-catalogue", default="", metavar="NAME", help="one of the study's models, such as qwen3-4b"
        )
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
        from_catalogue: str,
        backend: str,
        revision: str,
        options: str,
        serving: str | None,
        elsewhere: bool,
        **_: Any,
    ) -> None:
        read_options = _object("--options", options)
        read_serving = None if serving is None else _object("--serving", serving)
        try:
            if from_catalogue:
                _check_alone(from_catalogue, name, revision, read_options)
                if not elsewhere:
                    _check_model("transformers", catalogue_model(from_catalogue).name, "", {})
                model = language_model_from_catalogue(name=from_catalogue, slug=slug, serving=read_serving)
            else:
                _check_named(slug, name)
                if backend in FROM_FILES and not elsewhere:
                    _check_model(backend, name, revision, read_options)
                _check_revision(backend, revision)
                model = language_model_register(
                    slug=slug, backend=backend, name=name, revision=revision, options=read_options, serving=read_serving
                )
        except CheckpointError as error:
            raise CommandError(f"{error} If its files are on the worker's machine alone, add --elsewhere.") from None
        except (RunError, OptionsError) as error:
            raise CommandError(str(error)) from None
        if model.terms:
            self.stdout.write(f"Licence: {model.terms['licence']}. {model.terms['terms']}")
        if model.backend in FROM_FILES and not elsewhere and (note := _thinking_note(model)):
            self.stdout.write(note)
        self.stdout.write(f"{model.slug} is registered. Start a worker with: make worker MODEL={model.slug}")


def _check_alone(from_catalogue: str, name: str, revision: str, options: dict[str, Any]) -> None:
    if name or revision or options:
        raise CommandError(
            f"--from-catalogue {from_catalogue}: the catalogue has the name and options; for others leave it out and "
            "give SLUG NAME."
        )


def _check_named(slug: str, name: str) -> None:
    if not slug or not name:
        raise CommandError("give SLUG NAME, such as: qwen3-0.6b Qwen/Qwen3-0.6B; or --from-catalogue NAME.")


def _check_revision(backend: str, revision: str) -> None:
    if revision and backend not in FROM_FILES:
        raise CommandError(f"Models of the backend {backend} have no --revision; leave it out.")


def _check_model(backend: str, name: str, revision: str, options: dict[str, Any]) -> None:
    """Raise `OptionsError` or `CheckpointError` for what could not work; a hub name is found by the worker."""
    read = BACKENDS[backend].read_options(options)
    template = check_files(name, getattr(read, "gguf_file", ""))
    if template is not None and revision:
        raise OptionsError(
            f"Model {name!r}: its files are on this machine and have no revision; leave --revision out, or give the "
            "name that it has on the hub."
        )
    if template is not None and (switch := read.unread_switch(template)):
        raise OptionsError(f"Model {name!r}: its chat template never reads {switch!r}; leave this option out.")


def _thinking_note(model: LanguageModel) -> str:
    """One sentence about a model whose files are here and whose chat template has no trace of thinking; else ""."""
    template = check_files(model.name, str(model.options.get("gguf_file", "")))
    if template is None or any(word in template.lower() for word in ("think", "thought", "reasoning")):
        return ""
    return (
        "Its chat template knows no thinking: under the strategy thinking it answers as under base, and the split "
        "status of each generation says so. Strategies that ask for reasoning, such as cot_forced, work."
    )


def _object(option: str, text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{option} is not JSON: {error}.") from None
    if not isinstance(read, dict):
        raise CommandError(f"{option} must be a JSON object, such as '{{\"batch_size\": 16}}'.")
    return read
