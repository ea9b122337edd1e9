"""The state of one annotator's queue: their work, what others hold, what is to come. Reads only."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotator.runs.models import Generation
from annotator.studies.check_places import CheckPlaces
from annotator.studies.models import Assignment, Case, Study, counted_cases, held_now
from annotator.studies.selectors.progress import my_progress
from annotator.studies.selectors.reworks import reworks_of

STATES = ("closed", "sent_back", "work", "elsewhere", "coming", "no_cases", "done")


@dataclass(frozen=True, slots=True)
class QueueState:
    """Counts of cases for one annotator. Practice cases count nowhere, hidden checks like every other case.

    `done` are submitted, `skipped` skipped, `sent_back` submitted and sent back. `remaining` are still to be judged; of
    `elsewhere` others hold every slot that is left. `available` says whether the queue has a case for them now. `cases`
    of `prompts` prompts have both answers; `generating` says that more are to come.
    """

    is_open: bool
    done: int
    remaining: int
    skipped: int
    sent_back: int
    available: bool
    elsewhere: int
    cases: int
    prompts: int
    generating: bool

    @property
    def state(self) -> str:
        """The sentence that is true, one of STATES."""
        if not self.is_open:
            return "closed"
        if self.sent_back:
            return "sent_back"
        if self.available:
            return "work"
        if self.elsewhere:
            return "elsewhere"
        if self.generating:
            return "coming"
        return "done" if self.cases else "no_cases"

    @property
    def works(self) -> bool:
        """Whether a case can be handed out to them now."""
        return self.state in ("sent_back", "work")

    @property
    def poll_s(self) -> int:
        """Seconds until the page looks again, 0 for never."""
        return {"elsewhere": 10, "coming": 10, "no_cases": 60, "done": 60}.get(self.state, 0)

    @property
    def total(self) -> int:
        return self.done + self.remaining


def queue_state(study: Study, annotator: User) -> QueueState:
    """Read the state in a dozen queries, whatever the size of the study. `study` has its first run's dataset joined."""
    progress = my_progress(study, annotator.pk)
    free, elsewhere = _open_cases(study, annotator)
    mine = Assignment.objects.filter(annotator=annotator, case__study=study).order_by()
    pending = Generation.objects.filter(
        run__in=[study.first_run_id, study.second_run_id],
        status__in=[Generation.Status.QUEUED, Generation.Status.CLAIMED],
    )
    return QueueState(
        is_open=study.status == Study.Status.OPEN,
        done=progress.done,
        remaining=progress.remaining,
        skipped=mine.filter(status=Assignment.Status.SKIPPED).count(),
        sent_back=reworks_of(annotator).filter(case__study=study).count(),
        available=free > 0 or _holds_beside_the_overlap(mine) or _check_is_due(study, annotator, mine),
        elsewhere=elsewhere,
        cases=Case.objects.filter(study=study, practice=None).count(),
        prompts=study.first_run.dataset.prompt_count,
        generating=pending.exists(),
    )


def _holds_beside_the_overlap(mine: QuerySet[Assignment]) -> bool:
    """Whether they hold a practice case or a hidden check, which every annotator has a slot of."""
    return mine.filter(~counted_cases("case__"), status=Assignment.Status.HELD).exists()


def _check_is_due(study: Study, annotator: User, mine: QuerySet[Assignment]) -> bool:
    """Whether their next case is a hidden check, as `services.queue` decides."""
    if not study.check_every:
        return False
    place = mine.filter(case__practice=None).count()
    checks = Case.objects.filter(study=study).exclude(known_label="").exclude(pk__in=mine.values("case"))
    return place in CheckPlaces(study.pk, annotator.pk, study.check_every) and checks.exists()


def _open_cases(study: Study, annotator: User) -> tuple[int, int]:
    """(free, elsewhere): slots are counted as by `services.queue`, which also takes prefetched cases over."""
    status = Assignment.Status
    of_the_case = Assignment.objects.filter(case=OuterRef("pk")).order_by()
    finished = of_the_case.filter(annotator=annotator, status__in=[status.SUBMITTED, status.SKIPPED])
    submitted = Q(status=status.SUBMITTED, left_out=False, slot_reopened=False)
    takes_a_slot = submitted | held_now()
    by_others = of_the_case.filter(takes_a_slot).exclude(annotator=annotator)
    taken = by_others.values("case").annotate(n=Count("pk")).values("n")
    cases = Case.objects.filter(~Exists(finished), study=study, complete=False)
    counts = cases.annotate(taken=Coalesce(Subquery(taken), 0)).aggregate(
        free=Count("pk", filter=Q(taken__lt=study.overlap)), elsewhere=Count("pk", filter=Q(taken__gte=study.overlap))
    )
    return counts["free"], counts["elsewhere"]
