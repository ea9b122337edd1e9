"""Runs, datasets and studies as arguments of commands: by kind and number, NAME@VERSION or short name."""

from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.datasets.models import Dataset
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import dataset_called, run_numbered
from annotator.studies.models import Study

KINDS = ("run", "dataset", "study")


@dataclass(frozen=True, slots=True)
class NamedObject:
    """An object of one of KINDS, for the keyword argument of a service."""

    kind: str
    row: Run | Dataset | Study

    @property
    def argument(self) -> dict[str, Any]:
        return {self.kind: self.row}

    def __str__(self) -> str:
        if isinstance(self.row, Run):
            return f"run {self.row.pk}"
        return f"study {self.row.slug}" if isinstance(self.row, Study) else str(self.row)


def add_object_arguments(parser: CommandParser) -> None:
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name", help="the number of a run, NAME or NAME@VERSION of a dataset, short name of a study")


def named_object(kind: str, name: str) -> NamedObject:
    """Return the object. Raises CommandError, which names the known ones."""
    if kind == "study":
        return NamedObject(kind, study_called(name))
    if kind == "run" and not name.isdecimal():
        raise CommandError(f"{name!r} is no number of a run; give one, such as 5.")
    try:
        return NamedObject(kind, run_numbered(int(name)) if kind == "run" else dataset_called(name))
    except RunError as error:
        raise CommandError(str(error)) from None


def study_called(slug: str) -> Study:
    """Return the study of that short name, with its runs. Raises CommandError, which names the known ones."""
    study = Study.objects.select_related("first_run__dataset", "second_run").filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"No study is called {slug!r}; known: {known}.")
    return study
