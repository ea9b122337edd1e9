"""One annotator's progress through a study, and their last cases. Reads only."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from annotator.studies.check_places import CheckPlaces
from annotator.studies.models import Annotation, Assignment, Case, Study


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
    """Count the progress of an annotator in two queries.

    Practice cases count nowhere. Hidden checks count like other cases, done and to come: a total that grew with each of
    them would tell which they are.
    """
    submitted, skipped = Assignment.Status.SUBMITTED, Assignment.Status.SKIPPED
    mine = Assignment.objects.filter(annotator=annotator_id, case__study=study, status__in=[submitted, skipped])
    columns = ("status", "case__complete", "case__known_label")
    # The default order would be a further group.
    counts = mine.filter(case__practice=None).order_by().values_list(*columns).annotate(n=Count("pk"))
    done = incomplete = places = checks = 0
    for status, complete, known_label, n in counts:
        done += n if status == submitted else 0
        incomplete += 0 if complete else n
        places += n
        checks += n if known_label else 0
    cases_of_study, checks_of_study = _cases_and_checks(study)
    remaining = cases_of_study - incomplete
    schedule = CheckPlaces(study.pk, annotator_id, study.check_every)
    checks_to_come = schedule.checks_before_the_end(places, cases=remaining, checks=checks_of_study - checks)
    return Progress(done=done, remaining=remaining + checks_to_come)


def _cases_and_checks(study: Study) -> tuple[int, int]:
    """The number of incomplete cases, and of hidden checks where the study mixes any in; each has its own index."""
    incomplete, check = Q(complete=False), ~Q(known_label="")
    cases = Case.objects.filter(study=study)
    if not study.check_every:
        return cases.filter(incomplete).count(), 0
    counts = cases.filter(incomplete | check).aggregate(
        cases=Count("pk", filter=incomplete), checks=Count("pk", filter=check)
    )
    return counts["cases"], counts["checks"]


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
