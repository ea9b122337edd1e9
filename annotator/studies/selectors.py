"""Reads of studies for one annotator: how far they are, which cases they had, and the page of one. Writes nothing."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from annotator.studies.codebook_versions import patterns_of
from annotator.studies.models import Annotation, Assignment, Case, Practice, Study
from annotator.studies.sheet import CaseSheet, is_revealed, sheet_constraints, sheet_expected, sheet_sides


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
    status = Assignment.Status
    practice = Exists(Practice.objects.filter(case=OuterRef("case")))
    mine = Assignment.objects.filter(annotator=user, case__study=study).exclude(practice)
    counts = mine.exclude(status__in=[status.HELD, status.AHEAD]).aggregate(
        done=Count("pk", filter=Q(status=status.SUBMITTED)), unfilled=Count("pk", filter=Q(case__filled=False))
    )
    unfilled = Case.objects.filter(study=study, filled=False).count()
    return Progress(done=counts["done"], remaining=unfilled - counts["unfilled"])


def recent_assignments(study: Study, user: User, limit: int) -> QuerySet[Assignment]:
    """The cases that `user` submitted or skipped last, newest first, each with its newest `label` (None for none)."""
    status = Assignment.Status
    newest = Annotation.objects.filter(assignment=OuterRef("pk")).order_by("-revision")
    return (
        Assignment.objects.filter(annotator=user, case__study=study, status__in=[status.SUBMITTED, status.SKIPPED])
        .select_related("case__prompt")
        .annotate(label=Subquery(newest.values("label")[:1]))
        .order_by("-touched_at", "-pk")[:limit]
    )


def case_sheet(assignment: Assignment) -> CaseSheet:
    """All that the case page shows, in a constant number of queries beside those of `assignment_to_read`."""
    case, study = assignment.case, assignment.case.study
    revealed = is_revealed(assignment)
    left, right = sheet_sides(assignment)
    progress = my_progress(study, assignment.annotator)
    # A page made ahead is shown once the case that is in hand now is done.
    done = progress.done + (assignment.status == Assignment.Status.AHEAD)
    annotation = _newest_annotation(assignment)
    return CaseSheet(
        study=study,
        case_id=case.pk,
        status=assignment.status,
        revealed=revealed,
        blind_choice=assignment.blind_choice,
        prompt_text=case.prompt.text,
        constraints=sheet_constraints(assignment),
        left=left,
        right=right,
        outcome=case.outcome if revealed else "",
        patterns=patterns_of(study.codebook_id),
        annotation=annotation,
        revision=annotation.revision if annotation else 0,
        draft=getattr(assignment, "draft", None),
        flag=getattr(assignment, "flag", None),
        practising=case.is_practice,
        expected=sheet_expected(assignment, annotation),
        done=done,
        total=progress.total,
    )


def _newest_annotation(assignment: Assignment) -> Annotation | None:
    """None for an open assignment, without asking: that is every page on the way through the queue."""
    if assignment.status in (Assignment.Status.HELD, Assignment.Status.AHEAD):
        return None
    return assignment.annotations.prefetch_related("patterns").order_by("-revision").first()
