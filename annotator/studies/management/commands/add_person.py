"""`manage.py add_person NAME`: an account with a generated password, and with `--study` a membership."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotator.accounts.services import LoginRefused, email_set
from annotator.studies.errors import StudyError
from annotator.studies.models import ASSIGNABLE_ROLES, Membership, Study
from annotator.studies.services import member_add, person_create


class Command(BaseCommand):
    help = "Make an account and print its generated password once; let the person into a study."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--study", help="slug of the study to let the person into")
        parser.add_argument(
            "--role", choices=[role for role, _label in ASSIGNABLE_ROLES], default=Membership.Role.ANNOTATOR
        )
        parser.add_argument("--email", help="the address by which a login server names the person; '' takes it away")
        parser.add_argument("--site-lead", action="store_true", help="lead every study, run and dataset of the site")

    @transaction.atomic
    def handle(
        self, *, name: str, study: str | None, role: str, email: str | None, site_lead: bool, **options: Any
    ) -> None:
        opened = _study(study) if study else None
        try:
            user, password = person_create(name=name, site_lead=site_lead)
            if email is not None:
                email_set(user=user, email=email.strip())
            if opened is not None:
                role = member_add(study=opened, user=user, role=role).role
        except (StudyError, LoginRefused) as error:
            raise CommandError(str(error)) from None
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
