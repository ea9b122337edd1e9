"""`manage.py skips STUDY`: list skipped cases with reasons; hand one out again, or take a skip back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_members import author_called, case_numbered, member_called
from annotator.operations.named_objects import study_called
from annotator.studies.errors import StudyError
from annotator.studies.models import Assignment, Study
from annotator.studies.selectors.skipped_cases import cases_with_skips, skipped_cases
from annotator.studies.services import case_hand_out_again, skip_take_back


class Command(BaseCommand):
    help = "List the skipped cases of a study that are not fully judged; hand one out again to those who skipped it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--hand-out", type=int, metavar="CASE", help="hand this case out again to all who skipped it")
        act.add_argument("--take-back", type=int, metavar="CASE", help="take back the skip of --annotator")
        parser.add_argument("--annotator", default="", metavar="NAME", help="whose skip is taken back")
        parser.add_argument("--note", default="", metavar="TEXT", help="read by those who get it again")
        parser.add_argument("--by", metavar="NAME", help="the lead who hands it out")

    def handle(self, *, study: str, hand_out: int | None, take_back: int | None, **options: Any) -> None:
        led = study_called(study)
        try:
            if hand_out is not None:
                case, by = case_numbered(led, hand_out), author_called(led, options["by"], "lead")
                n = case_hand_out_again(case=case, author=by, note=options["note"])
                self.stdout.write(f"Case {hand_out} waits again for {counted(n, 'annotator')} who skipped it.")
            elif take_back is not None:
                skip_take_back(assignment=_assignment(led, take_back, options["annotator"]))
                self.stdout.write(f"{options['annotator']} holds case {take_back} again.")
            else:
                self._list(led)
        except StudyError as error:
            raise CommandError(str(error)) from None

    def _list(self, study: Study) -> None:
        rows = skipped_cases(study, cases_with_skips(study))
        for row in rows:
            left = "nobody is left" if row.stranded else f"{row.left} left"
            self.stdout.write(f"case {row.case.pk}  {row.case.prompt.key}  {row.needed} missing, {left}")
            for skip in row.skips:
                self.stdout.write(f"    {skip.pseudonym or 'a former member'}: {skip.reason}")
        self.stdout.write(f"{counted(len(rows), 'skipped case')} in {study.slug}.")


def _assignment(study: Study, case: int, annotator: str) -> Assignment:
    if not annotator:
        raise CommandError("Say whose skip is taken back with --annotator NAME.")
    own = Assignment.objects.select_related("annotator", "case__study")
    user = member_called(study, annotator).user
    assignment = own.filter(case=case_numbered(study, case), annotator=user).first()
    if assignment is None:
        raise CommandError(f"{annotator} was never given case {case}.")
    return assignment
