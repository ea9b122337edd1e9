"""`manage.py export_prompt_set STUDY NAME --format F`: a prompt set, to a file or stdout."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.selectors.prompt_sets import prompt_set_called
from annotator.releases.prompt_sets import PROMPT_SET_FORMATS, prompt_set_file
from annotator.releases.writing import add_target, write_released

_FORMATS = "; ".join(f"{known.name}: {known.description}" for known in PROMPT_SET_FORMATS.values())


class Command(BaseCommand):
    help = f"Write a prompt set in one of these formats. {_FORMATS}. Withdrawn exemplars are left out and counted."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        # Django gives every command a --version of its own, which prints Django's.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("name", help="name of the prompt set")
        parser.add_argument("--version", type=int, help="default: the newest")
        parser.add_argument("--format", choices=tuple(PROMPT_SET_FORMATS), default="json", help="default: %(default)s")
        add_target(parser)

    def handle(self, *, study: str, name: str, version: int | None, format: str, output: Path | None, **_: Any) -> None:
        at_version = "" if version is None else f"@{version}"
        try:
            file = prompt_set_file(prompt_set_called(f"{study}/{name}{at_version}"), format)
        except PromptSetError as error:
            raise CommandError(str(error)) from None
        write_released(self, file, output)
