"""`manage.py flags STUDY`: list the open flags of a study; answer or settle one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_members import author_called
from annotator.operations.named_objects import study_called
from annotator.studies.errors import StudyError
from annotator.studies.models import Flag, Study
from annotator.studies.selectors.adjudication_queue import open_flags
from annotator.studies.services import flag_answer, flag_settle


class Command(BaseCommand):
    help = "List the open flags of a study with their messages; answer one, or settle it without an answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--answer", type=int, metavar="FLAG", help="answer this flag; needs --text and --by")
        act.add_argument("--settle", type=int, metavar="FLAG", help="settle this flag without an answer")
        parser.add_argument("--text", default="", help="the answer")
        parser.add_argument("--by", metavar="NAME", help="the lead or adjudicator who answers")

    def handle(self, *, study: str, answer: int | None, settle: int | None, **options: Any) -> None:
        decided = study_called(study)
        try:
            if answer is not None:
                flag, by = _flag(decided, answer), author_called(decided, options["by"], "decide")
                flag_answer(flag=flag, author=by, text=options["text"])
                self.stdout.write(f"Flag {answer} is answered; its annotator reads it on the case.")
            elif settle is not None:
                flag_settle(flag=_flag(decided, settle))
                self.stdout.write(f"Flag {settle} is settled.")
            else:
                self._list(decided)
        except StudyError as error:
            raise CommandError(str(error)) from None

    def _list(self, study: Study) -> None:
        flags = open_flags(study)
        for flag in flags:
            self.stdout.write(f"flag {flag.pk}  case {flag.assignment.case_id}: {flag.reason}")
            for message in flag.messages.all():
                own = message.author_id == flag.assignment.annotator_id
                self.stdout.write(f"    {'annotator' if own else 'answer'}: {message.text}")
        self.stdout.write(f"{counted(len(flags), 'open flag')} in {study.slug}.")


def _flag(study: Study, number: int) -> Flag:
    flag = Flag.objects.select_related("assignment").filter(pk=number, assignment__case__study=study).first()
    if flag is None:
        raise CommandError(f"Study {study.slug} has no flag {number}; without options its open ones are listed.")
    return flag
