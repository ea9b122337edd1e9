"""`manage.py send_back STUDY`: list annotations that are sent back; send one, or take one back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_members import author_called, case_numbered, member_called
from annotator.operations.named_objects import study_called
from annotator.studies.errors import StudyError
from annotator.studies.models import Annotation, Rework, Study
from annotator.studies.selectors.reworks import open_reworks
from annotator.studies.services import rework_request, rework_withdraw


class Command(BaseCommand):
    help = "List the annotations that are sent back and not revised yet; send one back with a note, or take it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        parser.add_argument("--case", type=int, metavar="CASE", help="the case that is to be judged anew")
        parser.add_argument("--annotator", default="", metavar="NAME", help="whose annotation is sent back")
        parser.add_argument("--note", default="", metavar="TEXT", help="what is to be looked at again")
        parser.add_argument("--by", metavar="NAME", help="the lead who sends it back")
        parser.add_argument("--withdraw", type=int, metavar="REWORK", help="take this back before it is revised")

    def handle(self, *, study: str, case: int | None, withdraw: int | None, **options: Any) -> None:
        led = study_called(study)
        try:
            if case is not None:
                rework_request(**_request(led, case, options))
                self.stdout.write(f"Case {case} comes first in the queue of {options['annotator']}, with your note.")
            elif withdraw is not None:
                rework_withdraw(rework=_rework(led, withdraw))
                self.stdout.write(f"Rework {withdraw} is taken back; what was annotated stands as it is.")
            else:
                self._list(led)
        except StudyError as error:
            raise CommandError(str(error)) from None

    def _list(self, study: Study) -> None:
        rows = open_reworks([study]).select_related("member__user")
        for row in rows:
            self.stdout.write(f"rework {row.pk}  case {row.case_id}  {row.member.user.get_username()}: {row.note}")
        self.stdout.write(f"{counted(len(rows), 'annotation')} sent back in {study.slug}.")


def _request(study: Study, number: int, options: Any) -> dict[str, Any]:
    if not options["annotator"]:
        raise CommandError("Say whose annotation is sent back with --annotator NAME.")
    case, member = case_numbered(study, number), member_called(study, options["annotator"])
    newest = Annotation.objects.newest().filter(assignment__case=case, assignment__annotator=member.user)
    annotation = newest.select_related("assignment__annotator").first()
    if annotation is None:
        raise CommandError(f"{options['annotator']} has not annotated case {number}.")
    annotation.assignment.case = case
    return {
        "assignment": annotation.assignment,
        "author": author_called(study, options["by"], "lead"),
        "note": options["note"],
        "base_revision": annotation.revision,
    }


def _rework(study: Study, number: int) -> Rework:
    rework = Rework.objects.filter(pk=number, case__study=study).first()
    if rework is None:
        raise CommandError(f"Study {study.slug} has no rework {number}; without options the open ones are listed.")
    return rework
