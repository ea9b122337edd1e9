"""`manage.py add_person NAME`: an account with a generated password, and with `--study` a membership."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotator.studies.errors import StudyError
from annotator.studies.models import Membership, Study
from annotator.studies.services import member_add, person_create


class Command(BaseCommand):
    help = "Make an account and print its generated password once; let the person into a study."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--study", help="slug of the study to let the person into")
        parser.add_argument("--role", choices=Membership.Role.values, default=Membership.Role.ANNOTATOR)
        parser.add_argument("--site-lead", action="store_true", help="lead every study, run and dataset of the site")

    @transaction.atomic
    def handle(self, *, name: str, study: str | None, role: str, site_lead: bool, **options: Any) -> None:
        opened = _study(study) if study else None
        try:
            user, password = person_create(name=name, site_lead=site_lead)
        except StudyError as error:
            raise CommandError(str(error)) from None
        if opened is not None:
            member_add(study=opened, user=user, role=role)
        what = (
            f"with the password {password} (shown this once)" if password else "exists already and keeps the password"
        )
        place = f"; {role} in {opened.slug}" if opened else ""
        self.stdout.write(f"{user.get_username()} {what}{place}")


def _study(slug: str) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"No study is called {slug!r}; known: {known}.")
    return study
