"""`manage.py add_prompts STUDY`: add the new prompts of a later dataset version to a running study."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_objects import study_called
from annotator.runs.errors import RunError
from annotator.runs.selectors import dataset_called
from annotator.studies.errors import StudyError
from annotator.studies.selectors.new_prompts import newer_dataset
from annotator.studies.services import study_add_prompts


class Command(BaseCommand):
    help = "Continue a study over a later version of its dataset: finished answers are reused, annotations stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        parser.add_argument("--dataset", default="", metavar="NAME@VERSION", help="default: the newest version")

    def handle(self, *, study: str, dataset: str, **options: Any) -> None:
        continued = study_called(study)
        try:
            later = dataset_called(dataset) if dataset else newer_dataset(continued)
            if later is None:
                raise CommandError(f"{continued.first_run.dataset} is the newest version; import a later one first.")
            added = study_add_prompts(study=continued, dataset=later)
        except (RunError, StudyError) as error:
            raise CommandError(str(error)) from None
        runs = f"run {added.study.first_run_id} and run {added.study.second_run_id}"
        self.stdout.write(
            f"{counted(len(added.added), 'new prompt')} of {later} added to {study}; {counted(added.cases, 'case')} at "
            f"once, the others as {runs} answer."
        )
        for what, keys in (("Changed", added.changed), ("Removed", added.removed)):
            if keys:
                self.stdout.write(f"{what}, and left as they were: {', '.join(keys)}.")
