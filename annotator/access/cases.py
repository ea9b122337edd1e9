"""Access to cases: a member's own assignments, and the cases and flags that they decide or lead."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from annotator.access.objects import Visitor, one_or_404, refuse_unstorable
from annotator.access.roles import RIGHTS, studies_where
from annotator.access.studies import study_led_by, study_to_adjudicate, study_to_read
from annotator.studies.models import Assignment, Case, Flag, Rework


def assignment_for(user: Visitor, case_id: int) -> Assignment:
    """Return the visitor's own assignment of a case, with its study, for a change. Nobody opens another's.

    A prefetched one is not open to them until the queue has assigned it as held.
    """
    own = _own(user, case_id).exclude(status=Assignment.Status.PREFETCHED)
    return get_object_or_404(own.select_related("annotator", "case__study"))


def assignment_to_read(user: Visitor, case_id: int) -> Assignment:
    """Return the visitor's own assignment of a case, with all that its page reads."""
    own = _own(user, case_id).exclude(status=Assignment.Status.PREFETCHED)
    return _with_texts(get_object_or_404(own.select_related("draft", "flag")))


def assignment_handed_out(assignment: Assignment) -> Assignment:
    """Return what the queue has just handed to a member, or prefetched for them, with all that its page reads."""
    return _with_texts(Assignment.objects.select_related("draft", "flag").get(pk=assignment.pk))


def own_flag(user: Visitor, case_id: int) -> tuple[Assignment, Flag]:
    """Return the visitor's own assignment of a case and the flag that they raised on it."""
    assignment = assignment_for(user, case_id)
    return assignment, get_object_or_404(Flag.objects.select_related("assignment__annotator"), assignment=assignment)


def _own(user: Visitor, case_id: int) -> QuerySet[Assignment]:
    refuse_unstorable(case_id)
    membership = {"user": user.pk, "deactivated_at": None, "role__in": RIGHTS["annotate"]}
    of_the_study = {f"case__study__memberships__{name}": value for name, value in membership.items()}
    return Assignment.objects.filter(annotator=user.pk, case=case_id, **of_the_study)


def _with_texts(assignment: Assignment) -> Assignment:
    """Read its case with all that the page shows. PostgreSQL plans one join of all for longer than it runs."""
    cases = Case.objects.select_related("study", "prompt", "first", "second")
    assignment.case = cases.get(pk=assignment.case_id)
    return assignment


def case_to_adjudicate(user: Visitor, slug: str, case_id: int) -> Case:
    """Return a case for those who decide it, with its study and texts."""
    joined = ("study__codebook", "prompt", "first", "second")
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study_to_adjudicate(user, slug).pk)


def case_to_read(user: Visitor, slug: str, case_id: int) -> Case:
    """Return a case with its study and texts, for the readers and leads of its study."""
    joined = ("study__codebook", "prompt", "first", "second")
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study_to_read(user, slug).pk)


def case_with_history(user: Visitor, slug: str, case_id: int) -> Case:
    """Return a case with its study and texts, for those who decide the cases of its study or read them."""
    joined = ("study__codebook", "prompt", "first", "second")
    study = one_or_404(studies_where(user, "history"), slug=slug)
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study.pk)


def case_led_by(user: Visitor, slug: str, case_id: int) -> Case:
    """Return a case for those who lead its study, with its study and texts."""
    joined = ("study__codebook", "prompt", "first", "second")
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study_led_by(user, slug).pk)


def flag_to_settle(user: Visitor, slug: str, flag_id: int) -> Flag:
    """Return a flag on a case, for those who decide the cases of its study."""
    return one_or_404(
        Flag.objects.select_related("assignment"),
        pk=flag_id,
        assignment__case__study=study_to_adjudicate(user, slug).pk,
    )


def rework_to_withdraw(user: Visitor, slug: str, rework_id: int) -> Rework:
    """Return a rework of a case, for those who decide the cases of its study."""
    return one_or_404(Rework.objects.all(), pk=rework_id, case__study=study_to_adjudicate(user, slug).pk)
