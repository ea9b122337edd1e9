"""One annotator's progress, their last cases, and the list of their studies. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotator.studies.models import Annotation, Assignment, Case, Membership, Study
from annotator.studies.selectors.queue_state import QueueState, queue_state
from annotator.studies.selectors.waiting import OwnWaiting, Waiting, own_waiting_of, waiting_of


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


def my_progress(study: Study, annotator_id: int) -> Progress:
    """Count the progress of an annotator in two queries. Practice cases count nowhere."""
    submitted, skipped = Assignment.Status.SUBMITTED, Assignment.Status.SKIPPED
    mine = Assignment.objects.filter(annotator=annotator_id, case__study=study, status__in=[submitted, skipped])
    counts = (  # the default order would be a third group
        mine.filter(case__practice=None).order_by().values_list("status", "case__complete").annotate(n=Count("pk"))
    )
    done = incomplete = 0
    for status, complete, n in counts:
        done += n if status == submitted else 0
        incomplete += 0 if complete else n
    remaining = Case.objects.filter(study=study, complete=False).count() - incomplete
    return Progress(done=done, remaining=remaining)


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study in a user's list, with their role in it, and what waits for them there.

    `role` is "", and `queue` and `own` are None, for a site lead who is no member. `waiting` is None for those who
    neither decide the cases of the study nor lead it.
    """

    study: Study
    role: str
    queue: QueueState | None
    own: OwnWaiting | None
    waiting: Waiting | None
    leads: bool

    @property
    def to_do(self) -> bool:
        return bool(self.queue and self.queue.works)


def study_cards(
    user: User, studies: QuerySet[Study], *, decided: QuerySet[Study], led: QuerySet[Study]
) -> Sequence[StudyCard]:
    """Return these studies, each with the role, the queue and the waiting work of `user`.

    `decided` are those whose cases they may decide, `led` those that they lead.
    """
    rows = list(studies.select_related("first_run__dataset", "first_run__language_model"))
    roles = dict(Membership.objects.filter(user=user).values_list("study_id", "role"))
    own = own_waiting_of(user, [study for study in rows if study.pk in roles])
    decided_ids = {study.pk for study in decided}
    waiting = waiting_of([study for study in rows if study.pk in decided_ids])
    led_ids = {study.pk for study in led}
    return [
        StudyCard(
            study=study,
            role=roles.get(study.pk, ""),
            queue=queue_state(study, user) if study.pk in roles else None,
            own=own.get(study.pk),
            waiting=waiting.get(study.pk),
            leads=study.pk in led_ids,
        )
        for study in rows
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
