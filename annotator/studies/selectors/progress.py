"""One annotator's progress through a study, and their last cases. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from annotator.studies.models import Annotation, Assignment, Case, Membership, Practice, Study


@dataclass(frozen=True, slots=True)
class Progress:
    """Cases that an annotator has submitted, and incomplete ones that they neither submitted nor skipped."""

    done: int
    remaining: int

    @property
    def total(self) -> int:
        return self.done + self.remaining

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100


def my_progress(study: Study, user: User) -> Progress:
    """Count the progress of `user` in two queries. Practice cases count nowhere."""
    status = Assignment.Status
    practice = Exists(Practice.objects.filter(case=OuterRef("case")))
    mine = Assignment.objects.filter(annotator=user, case__study=study).exclude(practice)
    counts = mine.exclude(status__in=[status.HELD, status.PREFETCHED]).aggregate(
        done=Count("pk", filter=Q(status=status.SUBMITTED)), incomplete=Count("pk", filter=Q(case__complete=False))
    )
    incomplete = Case.objects.filter(study=study, complete=False).count()
    return Progress(done=counts["done"], remaining=incomplete - counts["incomplete"])


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study in a user's list, with their role and progress: "" and None for a site lead who is no member."""

    study: Study
    role: str
    progress: Progress | None

    @property
    def to_do(self) -> bool:
        return bool(self.progress and self.progress.remaining and self.study.status == Study.Status.OPEN)


def study_cards(user: User, studies: QuerySet[Study]) -> Sequence[StudyCard]:
    """Return these studies, each with the role and the progress of `user`."""
    roles = dict(Membership.objects.filter(user=user).values_list("study_id", "role"))
    return [
        StudyCard(study, roles.get(study.pk, ""), my_progress(study, user) if study.pk in roles else None)
        for study in studies.select_related("first_run__dataset", "first_run__language_model")
    ]


def recent_assignments(study: Study, user: User, limit: int) -> QuerySet[Assignment]:
    """The cases that `user` submitted or skipped last, newest first, with their newest `label`, None for none."""
    status = Assignment.Status
    newest = Annotation.objects.newest().filter(assignment=OuterRef("pk"))
    return (
        Assignment.objects.filter(annotator=user, case__study=study, status__in=[status.SUBMITTED, status.SKIPPED])
        .select_related("case__prompt")
        .annotate(label=Subquery(newest.values("label")))
        .order_by("-touched_at", "-pk")[:limit]
    )
