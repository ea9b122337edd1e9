"""`manage.py delete KIND NAME`: delete a run, dataset or study for good, after counts of what goes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.deletion.selectors import dataset_deletion, run_deletion, study_deletion
from annotator.deletion.services import dataset_delete, run_delete, study_delete
from annotator.deletion.values import Deletion, DeletionRefused
from annotator.operations.named_objects import add_object_arguments, named_object

_PLAN = {"run": run_deletion, "dataset": dataset_deletion, "study": study_deletion}
_DELETE = {"run": run_delete, "dataset": dataset_delete, "study": study_delete}


class Command(BaseCommand):
    help = "Delete a run, dataset or study for good. Refused while labels or anything else stands on it."

    def add_arguments(self, parser: CommandParser) -> None:
        add_object_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, kind: str, name: str, yes: bool, **options: Any) -> None:
        named = named_object(kind, name)
        plan: Any = _PLAN[kind]
        delete: Any = _DELETE[kind]
        deletion: Deletion = plan(named.row)
        if not deletion.obstacles:
            went = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in deletion.goes)
            self.stdout.write(f"With {named} go for good: {went or 'nothing else'}.")
            if not yes and input(f"Delete {named}? Type yes: ").strip() != "yes":
                raise CommandError("Nothing was deleted.")
        try:
            delete(**named.argument)
        except DeletionRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Deleted: {named}.")
