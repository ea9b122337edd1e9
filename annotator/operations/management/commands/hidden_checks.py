"""`manage.py hidden_checks STUDY`: list hidden checks; mark and unmark cases, and set their rate."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.named_members import case_numbered
from annotator.operations.named_objects import study_called
from annotator.studies.errors import StudyError
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.services import check_end, check_set, study_check_every


class Command(BaseCommand):
    help = "List the hidden checks of a study with their known answers; make a case one or a real one again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--mark", type=int, metavar="CASE", help="make this case a hidden check; needs --label")
        act.add_argument("--unmark", type=int, metavar="CASE", help="make this hidden check a real case again")
        parser.add_argument("--label", choices=Annotation.Label.values, help="the known label")
        parser.add_argument(
            "--choice", choices=Case.Better.values, default="", help="the answer that is known to obey better"
        )
        parser.add_argument("--every", type=int, metavar="N", help="one of N cases is a hidden check; 0 gives none")

    def handle(self, *, study: str, mark: int | None, unmark: int | None, **options: Any) -> None:
        led = study_called(study)
        try:
            if mark is not None:
                if options["label"] is None:
                    raise CommandError("Give the known answer of the check with --label.")
                check_set(case=case_numbered(led, mark), label=options["label"], choice=options["choice"])
            if unmark is not None:
                check_end(case=case_numbered(led, unmark))
            if options["every"] is not None:
                led = study_check_every(study=led, every=options["every"])
        except StudyError as error:
            raise CommandError(str(error)) from None
        self._list(led)

    def _list(self, study: Study) -> None:
        checks = study.cases.exclude(known_label="").select_related("prompt").order_by("pk")
        for case in checks:
            better = f", {case.known_choice} obeys better" if case.known_choice else ""
            self.stdout.write(f"case {case.pk}  {case.prompt.key}  {case.known_label}{better}")
        rate = f"one of {study.check_every} cases is one" if study.check_every else "the queue mixes in none"
        self.stdout.write(f"{len(checks)} hidden checks in {study.slug}; {rate}.")
