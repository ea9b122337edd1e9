"""Candidates with the state of their repair, and attempts in order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, Max, Min, OuterRef, Q, QuerySet, When

from annotator.exemplars.models import Candidate, Exemplar, Repair
from annotator.studies.models import Study

_STATUS = Repair.Status
_TEXTS = ("reasoning", "answer", "model_calls")


@dataclass(frozen=True, slots=True)
class CandidateState:
    """A candidate with counts of its attempts, the best one without its texts, and its exemplar if it has one."""

    candidate: Candidate
    done: int
    waiting: int
    failed: int
    best: Repair | None
    exemplar: Exemplar | None

    @property
    def status(self) -> str:
        """One word: rejected, approved, proved (an attempt violates nothing), waiting (for a model) or open."""
        if self.candidate.rejected_at is not None:
            return "rejected"
        if self.exemplar is not None:
            return "approved"
        if self.best is not None and not violations(self.best):
            return "proved"
        return "waiting" if self.waiting else "open"


@dataclass(frozen=True, slots=True)
class CandidatePlace:
    """The place of a candidate among those of its study that are still to repair, itself included, oldest first.

    `previous` and `following` are the ids of its neighbours among them, None at an end.
    """

    number: int
    total: int
    previous: int | None
    following: int | None


def candidates_in_order(study: Study) -> QuerySet[Candidate]:
    """Return the candidates of a study in the order of their list: those still to repair first, then the oldest."""
    closed = Case(When(_closed(), then=1), default=0)
    return Candidate.objects.filter(case__study=study).order_by(closed, "pk")


def place_of(candidate: Candidate) -> CandidatePlace:
    """Return the place of a candidate among those still to repair. One query."""
    of_study = Candidate.objects.filter(case__study=candidate.case.study_id)
    before, after = Q(pk__lt=candidate.pk), Q(pk__gt=candidate.pk)
    counts = of_study.filter(~_closed() | Q(pk=candidate.pk)).aggregate(
        number=Count("pk", filter=before), total=Count("pk"), previous=Max("pk", filter=before),
        following=Min("pk", filter=after),
    )  # fmt: skip
    return CandidatePlace(**{**counts, "number": counts["number"] + 1})


def _closed() -> Q:
    """Whether a candidate is rejected or has an exemplar that is not withdrawn."""
    current = Exemplar.objects.filter(candidate=OuterRef("pk"), withdrawn_at=None)
    return Q(rejected_at__isnull=False) | Q(Exists(current))


def candidate_states(rows: QuerySet[Candidate]) -> list[CandidateState]:
    """Return the states of these candidates, in their order, with their prompts."""
    joined = ("case__prompt", "generation__run__language_model", "requested_by")
    candidates = list(rows.select_related(*joined))
    attempts: dict[int, list[Repair]] = defaultdict(list)
    of_study = Repair.objects.filter(candidate__in=candidates)
    blank = set(of_study.filter(answer__regex=r"^\s*$").values_list("pk", flat=True))
    for repair in of_study.defer(*_TEXTS).order_by("pk"):
        attempts[repair.candidate_id].append(repair)
    current = Exemplar.objects.filter(candidate__in=candidates, withdrawn_at=None).select_related("approved_by")
    exemplars = {exemplar.candidate_id: exemplar for exemplar in current}
    return [_state(candidate, attempts[candidate.pk], blank, exemplars.get(candidate.pk)) for candidate in candidates]


def candidate_of_case(case_id: int) -> int | None:
    """Return the id of a case's oldest candidate, None where none of its answers was sent to repair."""
    return Candidate.objects.filter(case=case_id).order_by("pk").values_list("pk", flat=True).first()


def attempts_of(candidate: Candidate) -> QuerySet[Repair]:
    """Return the attempts at a candidate as they were made, with their models, authors and parents."""
    joined = ("language_model", "author", "exemplar")
    return Repair.objects.filter(candidate=candidate).select_related(*joined).order_by("pk")


def best_attempt(candidate: Candidate) -> Repair | None:
    """Return the finished attempt that satisfies most constraints, with the smallest edit, the earliest of equals."""
    return best_of(attempts_of(candidate))


def best_of(attempts: Iterable[Repair]) -> Repair | None:
    """Return the best of some attempts, by the rule of `best_attempt`. An attempt without an answer is none."""
    return _best(repair for repair in attempts if repair.status == _STATUS.DONE and repair.answer.strip())


def _best(done: Iterable[Repair]) -> Repair | None:
    return min(done, key=lambda repair: (-repair.satisfied, repair.edit_distance or 0, repair.pk), default=None)


def violations(repair: Repair) -> list[int]:
    """Return the positions of the constraints that an attempt violates, by its stored verdicts."""
    return [verdict["position"] for verdict in repair.verdicts if verdict["strict"] is False]


def _state(
    candidate: Candidate, attempts: Sequence[Repair], blank: Collection[int], exemplar: Exemplar | None
) -> CandidateState:
    """The state by attempts whose answers were not read; `blank` has the ids of those that have none."""
    counts = {status: sum(repair.status == status for repair in attempts) for status in _STATUS.values}
    return CandidateState(
        candidate=candidate,
        done=counts[_STATUS.DONE],
        waiting=counts[_STATUS.QUEUED] + counts[_STATUS.CLAIMED],
        failed=counts[_STATUS.FAILED],
        best=_best(repair for repair in attempts if repair.status == _STATUS.DONE and repair.pk not in blank),
        exemplar=exemplar,
    )
