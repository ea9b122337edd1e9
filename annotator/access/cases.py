"""Cases: a user's own assignments, and the cases and flags that they decide or lead."""

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from annotator.access.objects import Visitor, one_or_404, refuse_unreal
from annotator.access.studies import study_led_by, study_to_adjudicate
from annotator.studies.models import Assignment, Case, Flag


def assignment_for(user: Visitor, case_id: int) -> Assignment:
    """The visitor's own assignment of a case, with its study, to change it. Nobody opens another's.

    One that is prefetched is not theirs before the queue has given it to them.
    """
    own = _own(user, case_id).exclude(status=Assignment.Status.PREFETCHED)
    return get_object_or_404(own.select_related("annotator", "case__study"))


def assignment_to_read(user: Visitor, case_id: int) -> Assignment:
    """The same, with all that its page needs."""
    return get_object_or_404(_with_texts(_own(user, case_id)).exclude(status=Assignment.Status.PREFETCHED))


def assignment_prefetched(user: Visitor, case_id: int) -> Assignment:
    """The visitor's own assignment of a case that is prefetched for them, with all that its page needs."""
    return get_object_or_404(_with_texts(_own(user, case_id)), status=Assignment.Status.PREFETCHED)


def _own(user: Visitor, case_id: int) -> QuerySet[Assignment]:
    refuse_unreal(case_id)
    return Assignment.objects.filter(annotator=user.pk, case=case_id)


def _with_texts(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Two statements, since PostgreSQL plans a join of all nine tables for longer than it takes to run."""
    cases = Case.objects.select_related("study", "prompt", "first", "second")
    return assignments.select_related("annotator", "draft", "flag").prefetch_related(Prefetch("case", cases))


def case_to_adjudicate(user: Visitor, slug: str, case_id: int) -> Case:
    """A case with all its annotations, for those who decide it; its study and texts are joined."""
    joined = ("study__codebook", "prompt", "first", "second")
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study_to_adjudicate(user, slug).pk)


def case_led_by(user: Visitor, slug: str, case_id: int) -> Case:
    """A case of a study, for those who lead it; its texts are joined."""
    joined = ("study__codebook", "prompt", "first", "second")
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study_led_by(user, slug).pk)


def flag_to_settle(user: Visitor, slug: str, flag_id: int) -> Flag:
    """A flag on a case of a study whose cases `user` may decide."""
    return one_or_404(Flag.objects.all(), pk=flag_id, assignment__case__study=study_to_adjudicate(user, slug).pk)
