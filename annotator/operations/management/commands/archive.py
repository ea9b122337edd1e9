"""`manage.py archive KIND NAME`: archive a run, dataset or study, or take it back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.datasets.services import dataset_archive, dataset_restore
from annotator.operations.named_objects import add_object_arguments, named_object
from annotator.runs.errors import RunError
from annotator.runs.services import run_archive, run_restore
from annotator.studies.services import study_archive, study_restore

_ARCHIVE = {"run": run_archive, "dataset": dataset_archive, "study": study_archive}
_RESTORE = {"run": run_restore, "dataset": dataset_restore, "study": study_restore}


class Command(BaseCommand):
    help = "Archive a run, dataset or study: it leaves the lists and takes no new work; nothing in it is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        add_object_arguments(parser)
        parser.add_argument("--back", action="store_true", help="take it back from the archive")

    def handle(self, *, kind: str, name: str, back: bool, **options: Any) -> None:
        named = named_object(kind, name)
        change: Any = (_RESTORE if back else _ARCHIVE)[kind]
        try:
            change(**named.argument)
        except RunError as error:
            raise CommandError(str(error)) from None
        done = "is taken back" if back else "is archived; `--back` takes it back"
        self.stdout.write(f"{named} {done}.")
