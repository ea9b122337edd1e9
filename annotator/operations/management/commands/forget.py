"""`manage.py forget PERSON`: delete the personal data of a person for good; their labels stay."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_people import person_called
from annotator.personal_data.services import person_forget
from annotator.studies.errors import StudyError


class Command(BaseCommand):
    help = (
        "Delete a person's name, e-mail, password, tokens, sessions, addresses, drafts and timings; keep their labels."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="user name")
        parser.add_argument("--by", metavar="NAME", help="the site lead who does it, for the events")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, person: str, by: str | None, yes: bool, **options: Any) -> None:
        user, author = person_called(person), person_called(by) if by else None
        if not yes and input(f"Forget {person} for good? Type yes: ").strip() != "yes":
            raise CommandError("Nothing was deleted.")
        try:
            forgotten = person_forget(user=user, by=author)
        except StudyError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{person} is {forgotten.name} from now on: {counted(forgotten.drafts, 'draft')}, "
            f"{counted(forgotten.addresses, 'address record')} and {counted(forgotten.timings, 'timing')} deleted."
        )
