"""`manage.py queue STUDY`: the state of each annotator's queue."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotator.operations.named_members import member_called
from annotator.operations.named_objects import study_called
from annotator.studies.selectors.queue_state import queue_state
from annotator.studies.selectors.skipped_cases import judging_members


class Command(BaseCommand):
    help = "Say for each annotator of a study, or for one, whether a case waits for them, and if none does, why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        parser.add_argument("annotator", nargs="?", default="", help="user name or pseudonym; default: all")

    def handle(self, *, study: str, annotator: str, **options: Any) -> None:
        opened = study_called(study)
        named = [member_called(opened, annotator)] if annotator else judging_members(opened).select_related("user")
        for member in named:
            queue = queue_state(opened, member.user)
            self.stdout.write(
                f"{member.user.get_username()}  {queue.state}  {queue.done} of {queue.total} done, "
                f"{queue.skipped} skipped, {queue.sent_back} sent back, {queue.elsewhere} held by others"
            )
