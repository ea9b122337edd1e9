"""One annotator's progress through a study, and the cases they had last. Never writes."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from annotator.prepared import Prepared
from annotator.studies.models import Annotation, Assignment, Case, Study


@dataclass(frozen=True, slots=True)
class Progress:
    """One annotator's way through a study, in cases. `remaining`: unfilled ones that they neither did nor skipped."""

    done: int
    remaining: int

    @property
    def total(self) -> int:
        return self.done + self.remaining

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100


def my_progress(study: Study, user: User) -> Progress:
    """How far `user` is in `study`. What they skipped, what others filled, and practice is not theirs to do."""
    [(done, unfilled)] = _DONE(study.pk, user.pk) or [(0, 0)]
    return Progress(done=done, remaining=_unfilled(study) - unfilled)


def _done(study: int, annotator: int) -> QuerySet[Assignment, tuple[int, int]]:
    """One row, or none where nothing is done: how many were submitted, and how many are not filled all the same."""
    status = Assignment.Status
    mine = Assignment.objects.filter(annotator=annotator, case__study=study, case__practice__isnull=True)
    return (
        mine.exclude(status__in=[status.HELD, status.AHEAD])
        .order_by()
        .values("annotator")
        .annotate(
            done=Count("pk", filter=Q(status=status.SUBMITTED)), unfilled=Count("pk", filter=Q(case__filled=False))
        )
        .values_list("done", "unfilled")
    )


_DONE = Prepared(_done)
_MANY = 1000  # so many cases that nobody can tell whether their number is some seconds old
_SOME_SECONDS = 10


def _unfilled(study: Study) -> int:
    """How many cases of the study are not filled. Many are counted once in a while and not with each page."""
    key = f"unfilled:{study.pk}"
    known: int | None = cache.get(key)
    if known is not None:
        return known
    unfilled = Case.objects.filter(study=study, filled=False).count()
    if unfilled >= _MANY:
        cache.set(key, unfilled, _SOME_SECONDS)
    return unfilled


def recent_assignments(study: Study, user: User, limit: int) -> QuerySet[Assignment]:
    """The cases that `user` submitted or skipped last, newest first, each with its newest `label` (None for none)."""
    status = Assignment.Status
    newest = Annotation.objects.newest().filter(assignment=OuterRef("pk"))
    return (
        Assignment.objects.filter(annotator=user, case__study=study, status__in=[status.SUBMITTED, status.SKIPPED])
        .select_related("case__prompt")
        .annotate(label=Subquery(newest.values("label")))
        .order_by("-touched_at", "-pk")[:limit]
    )
