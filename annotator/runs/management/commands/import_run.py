"""`manage.py import_run DATASET FILE`: import responses that were made elsewhere as a done run."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from tqdm import tqdm

from annotator.constraints.messages import counted
from annotator.datasets.models import Dataset
from annotator.datasets.response_arguments import add_response_arguments
from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.rejects import rejects_file
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import DatasetImportError, dataset_import
from annotator.machine_failures import failure_sentence
from annotator.runs.errors import RunError, RunImportError
from annotator.runs.models import Run
from annotator.runs.owners import owner_called
from annotator.runs.response_reading import ImportSource
from annotator.runs.selectors import dataset_called
from annotator.runs.services import run_import
from annotator.strategies import STRATEGIES


class Command(BaseCommand):
    help = "Import responses as a run: prompts are matched, verdicts made here. The same responses again are a no-op."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("dataset", help="NAME for its newest version, or NAME@VERSION")
        add("file", type=Path, help=f"responses as {', '.join(RESPONSE_FORMATS)}; plain, gzip or zstd")
        add("--prompts", type=Path, metavar="FILE", help="import these prompts as DATASET first, in IFEval's format")
        add("--model", required=True, metavar="NAME", help="slug of the model that answered; a new one is registered")
        add("--strategy", required=True, choices=sorted(STRATEGIES), help="how the answers were asked for")
        add_response_arguments(parser, must_split=True)
        add("--terms", default="", metavar="TEXT", help="licence or terms of use of the responses")
        add(
            "--owner",
            metavar="NAME",
            help="a lead who sees the run on the web; without one it belongs to nobody, and every site lead sees it",
        )
        add("--rejects", type=Path, metavar="FILE", help="set bad rows aside in FILE instead of refusing them all")

    def handle(self, *, dataset: str, file: Path, prompts: Path | None, rejects: Path | None, **options: Any) -> None:
        source = ImportSource(SourceFile(file), options["split"], options["format"], options["sample"])
        try:
            imported_into = _dataset(dataset, prompts)
            with rejects_file(rejects, file) as set_aside, _Bars(file) as bars:
                result = run_import(
                    dataset=imported_into,
                    source=source,
                    language_model=options["model"],
                    strategy=options["strategy"],
                    terms=options["terms"],
                    user=owner_called(options["owner"]),
                    set_aside=set_aside,
                    on_row=bars.read.update,
                    on_checked=bars.checked.update,
                )
        except RunImportError as refusal:
            raise CommandError(f"{file}: {refusal.lines()}") from None
        except (RunError, DatasetImportError, ResponseFileError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"cannot use {error.filename or file}: {error.strerror}.") from None
        except DatabaseError as error:
            raise CommandError(failure_sentence(error) or f"the database failed: {error}") from None
        self.stdout.write(_sentence(result.run, result.created, rejects))


def _dataset(name: str, prompts: Path | None) -> Dataset:
    if prompts is None:
        return dataset_called(name)
    return dataset_import(name=name, path_or_lines=prompts).dataset


class _Bars:
    """Two bars, of bytes read and of responses checked; none where stderr is no terminal."""

    def __init__(self, file: Path) -> None:
        self.read = tqdm(total=os.stat(file).st_size, unit="B", unit_scale=True, desc=file.name, disable=None)
        self.checked = tqdm(unit="response", desc="checked", disable=None)

    def __enter__(self) -> "_Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self.read.close()
        self.checked.close()


def _sentence(run: Run, created: bool, rejects: Path | None) -> str:
    source = run.source or {}
    done = "Imported" if created else "Nothing to do: the same responses are there already as"
    parts = [f"{done} {run}; {counted(source['responses'], 'response')} ({source['format']})."]
    if source["missing"]:
        parts.append(f"{counted(source['missing'], 'prompt')} of {run.dataset} {_have(source['missing'])} none.")
    if source["cleaned"]:
        parts.append(f"In {source['cleaned']:,} of them characters that no database stores became U+FFFD.")
    if source["set_aside"] and rejects:
        parts.append(f"{counted(source['set_aside'], 'bad row')} {_are(source['set_aside'])} set aside in {rejects}.")
    return " ".join(parts)


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
