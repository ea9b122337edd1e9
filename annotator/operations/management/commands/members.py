"""`manage.py members STUDY`: list members, deactivate or reactivate one, hand the study over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_members import author_called, member_called
from annotator.operations.named_objects import study_called
from annotator.studies.errors import StudyError
from annotator.studies.models import Membership, Study
from annotator.studies.selectors.members import member_counts
from annotator.studies.services import member_deactivate, member_reactivate, study_hand_over
from annotator.studies.services.members import MemberChange


class Command(BaseCommand):
    help = "List the members of a study with their cases; close the study to one, open it again, or hand it over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--deactivate", metavar="NAME", help="close the study to this member; needs --reason")
        act.add_argument("--reactivate", metavar="NAME", help="open it to them again: their annotations count")
        act.add_argument("--hand-over", metavar="NAME", help="make this member the owner of the study")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why they leave; kept, shown and exported")
        parser.add_argument("--left-out", action="store_true", help="their annotations count nowhere")
        parser.add_argument("--hand-out-again", action="store_true", help="others judge again what they have judged")
        parser.add_argument("--by", metavar="NAME", help="the lead or owner who does it")

    def handle(
        self, *, study: str, deactivate: str | None, reactivate: str | None, hand_over: str | None, **options: Any
    ) -> None:
        led = study_called(study)
        try:
            if deactivate:
                self._report(_deactivate(led, deactivate, options), "is deactivated")
            elif reactivate:
                by = author_called(led, options["by"], "lead")
                self._report(member_reactivate(membership=member_called(led, reactivate), by=by), "is in again")
            elif hand_over:
                by = author_called(led, options["by"], "own")
                owner = study_hand_over(membership=member_called(led, hand_over), by=by)
                self.stdout.write(f"{owner.user.get_username()} owns study {led.slug} now.")
            else:
                self._list(led)
        except StudyError as error:
            raise CommandError(str(error)) from None

    def _list(self, study: Study) -> None:
        for member in study.memberships.select_related("study", "user").order_by("pk"):
            self.stdout.write(f"{member.user.get_username()}  {member.pseudonym}  {member.role}{_state(member)}")

    def _report(self, change: MemberChange, what: str) -> None:
        name = change.membership.user.get_username()
        self.stdout.write(
            f"{name} {what}; {counted(change.released, 'open case')} went back to the queue, "
            f"{counted(change.reopened, 'judged case')} of {change.judged} are handed out again, "
            f"{counted(change.gold_changed, 'gold label')} changed."
        )


def _deactivate(study: Study, name: str, options: Any) -> MemberChange:
    return member_deactivate(
        membership=member_called(study, name),
        by=author_called(study, options["by"], "lead"),
        reason=options["reason"],
        left_out=options["left_out"],
        hand_out_again=options["hand_out_again"],
    )


def _state(member: Membership) -> str:
    counts = member_counts(member)
    cases = f"  {counts.submitted} judged, {counts.skipped} skipped, {counts.held} open"
    if member.deactivated_at is None:
        return cases
    kept = "left out" if member.left_out else "kept"
    return f"{cases}; deactivated, annotations {kept}: {member.deactivation_reason}"
