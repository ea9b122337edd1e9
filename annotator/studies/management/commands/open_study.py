"""`manage.py open_study SLUG FIRST SECOND`: open a study of two runs with its members."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotator.constraints.messages import counted
from annotator.runs.errors import RunError
from annotator.runs.models import Run, Verdict
from annotator.runs.selectors import run_numbered
from annotator.studies.errors import StudyError
from annotator.studies.models import Membership, Study
from annotator.studies.services import codebook_called, member_add, person_create, study_create

_ROLES: Mapping[str, Membership.Role] = {
    "lead": Membership.Role.LEAD,
    "annotator": Membership.Role.ANNOTATOR,
    "adjudicator": Membership.Role.ADJUDICATOR,
    "curator": Membership.Role.CURATOR,
    "reader": Membership.Role.READER,
}


class Command(BaseCommand):
    help = "Open a study of two runs over one dataset, and let people in; passwords of new accounts are printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("slug", help="short name, for addresses and files")
        add("first_run", type=int, help="number of the run that the other one is compared with")
        add("second_run", type=int, help="number of another run over the same dataset")
        add("--title", default="", help="default: the short name")
        add("--codebook", default="", metavar="NAME", help="default: the one that comes with Cotrast")
        add("--overlap", type=int, default=1, metavar="N", help="annotators per case (default: %(default)s)")
        add("--scope", choices=("answer", "completion"), default=Verdict.Scope.ANSWER, help="what outcomes judge")
        add("--verdicts-shown", choices=Study.VerdictsShown.values, default=Study.VerdictsShown.AFTER_BLIND)
        add("--judge-unfinished", action="store_true", help="outcomes also where an answer is empty or was cut off")
        add("--not-blind", action="store_true", help="name the sides from the start")
        for role in _ROLES:
            add(
                f"--{role}",
                action="append",
                default=[],
                metavar="NAME",
                help="repeat it for more; may be a new account",
            )

    @transaction.atomic
    def handle(self, *, slug: str, first_run: int, second_run: int, title: str, codebook: str, **options: Any) -> None:
        people = [(name, role) for option, role in _ROLES.items() for name in options[option]]
        try:
            study = study_create(
                slug=slug,
                title=title or slug,
                first_run=run_numbered(first_run),
                second_run=run_numbered(second_run),
                codebook=codebook_called(codebook),
                overlap=options["overlap"],
                blind=not options["not_blind"],
                verdicts_shown=options["verdicts_shown"],
                scope=options["scope"],
                judge_unfinished=options["judge_unfinished"],
            )
            members = list(_members(study, people))
        except (RunError, StudyError) as error:
            raise CommandError(str(error)) from None
        cases = counted(study.cases.count(), "case")
        self.stdout.write(f"Study {slug} compares {study.first_role} with {study.second_role}: {cases} to label.")
        unfinished = [str(run.pk) for run in (study.first_run, study.second_run) if run.status != Run.Status.DONE]
        if unfinished:
            self.stdout.write(f"Not finished yet: run {' and run '.join(unfinished)}; cases are added as answers come.")
        for line in members:
            self.stdout.write(line)
        self.stdout.write(f"It is at /studies/{slug}/ of the web server, which `make web` starts.")


def _members(study: Study, people: Sequence[tuple[str, Membership.Role]]) -> Iterator[str]:
    """Add the people to the study, and yield a sentence for each."""
    for name, role in people:
        user, password = person_create(name=name)
        member = member_add(study=study, user=user, role=role)
        known = f"with the password {password} (shown this once)" if password else "exists already"
        yield f"{member.role} {user.get_username()} {known}"
