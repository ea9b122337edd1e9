"""An annotator's own cases, in the order in which they were handed out. Reads only."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from annotator.studies.models import Annotation, Assignment, Draft, Flag, Rework, Study

KINDS = ("done", "open", "drafts", "flagged", "skipped", "sent_back")


def own_assignments(study: Study, annotator: User, kind: str = "") -> QuerySet[Assignment]:
    """The assignments of this annotator, of one of KINDS, "" for all of them."""
    own = Assignment.objects.filter(annotator=annotator, case__study=study).exclude(status=Assignment.Status.PREFETCHED)
    return own.filter(_CONDITIONS[kind]()) if kind in _CONDITIONS else own


def described(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Join the prompt and flag; annotate the newest `label`, None for none, `has_draft` and `sent_back`."""
    newest = Annotation.objects.newest().filter(assignment=OuterRef("pk"))
    return assignments.select_related("case__prompt", "flag").annotate(
        label=Subquery(newest.values("label")), has_draft=_drafts(), sent_back=_reworks()
    )


def neighbour(assignment: Assignment, *, forward: bool, kind: str = "") -> int | None:
    """The case before or after this one among the annotator's own of that kind; None at the end."""
    own = own_assignments(assignment.case.study, assignment.annotator, kind)
    rows = own.filter(pk__gt=assignment.pk) if forward else own.filter(pk__lt=assignment.pk)
    return rows.order_by("pk" if forward else "-pk").values_list("case", flat=True).first()


def _drafts() -> Exists:
    return Exists(Draft.objects.filter(assignment=OuterRef("pk")))


def _flags() -> Exists:
    return Exists(Flag.objects.filter(assignment=OuterRef("pk")))


def _reworks() -> Exists:
    open_ones = Rework.objects.filter(case=OuterRef("case"), member__user=OuterRef("annotator"), closed_at=None)
    return Exists(open_ones.order_by())


_CONDITIONS = {
    "done": lambda: Q(status=Assignment.Status.SUBMITTED),
    "open": lambda: Q(status=Assignment.Status.HELD),
    "drafts": _drafts,
    "flagged": _flags,
    "skipped": lambda: Q(status=Assignment.Status.SKIPPED),
    "sent_back": _reworks,
}
