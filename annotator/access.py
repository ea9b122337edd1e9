"""Who may open which object: the only door to one, for web and api alike. What one may not open does not exist (404).

A site lead (`is_staff`) opens everything. A member of a study with the role lead leads that study. Annotators open
their own studies and the cases that were assigned to them; adjudicators, like leads, all that was said of their study's
cases. Runs tell which side reasoned, so they are for whoever leads: somebody who leads one study sees its runs and
those they started, not the runs of a study they annotate in.
"""

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Prefetch, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from annotator.corpus.models import Dataset
from annotator.runs.models import LanguageModel, Run
from annotator.studies.models import Assignment, Case, Flag, Membership, Study

Visitor = User | AnonymousUser
Row = TypeVar("Row", bound=Model)
_GREATEST_ID = 2**63 - 1


def is_lead(user: Visitor) -> bool:
    """Whether `user` leads the site or any study."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_staff or Membership.objects.filter(user=user, role=Membership.Role.LEAD).exists()


def require_lead(user: Visitor) -> None:
    """Raise Http404 unless `user` leads the site or any study."""
    if not is_lead(user):
        raise Http404


def studies_of(user: Visitor) -> QuerySet[Study]:
    """The studies that `user` may open, newest first."""
    return _studies(user, Q(memberships__user=user.pk))


def study_for(user: Visitor, slug: str) -> Study:
    """The study, for its members and site leads."""
    return _one(studies_of(user).select_related("codebook"), slug=slug)


def studies_led_by(user: Visitor) -> QuerySet[Study]:
    """The studies that `user` leads, newest first."""
    return _studies(user, Q(memberships__user=user.pk, memberships__role=Membership.Role.LEAD))


def study_led_by(user: Visitor, slug: str) -> Study:
    """The study, for those who lead it."""
    joined = ("codebook", "first_run__dataset", "first_run__language_model", "second_run__language_model")
    return _one(studies_led_by(user).select_related(*joined), slug=slug)


def leads(user: Visitor, study: Study) -> bool:
    """Whether `user` leads this study."""
    return studies_led_by(user).filter(pk=study.pk).exists()


def assignment_for(user: Visitor, case_id: int) -> Assignment:
    """The visitor's own assignment of a case, with its study, to change it. Nobody opens another's.

    One that is kept ahead is not theirs before the queue has given it to them.
    """
    own = _own(user, case_id).exclude(status=Assignment.Status.AHEAD)
    return get_object_or_404(own.select_related("annotator", "case__study"))


def assignment_to_read(user: Visitor, case_id: int) -> Assignment:
    """The same, with all that its page needs."""
    return get_object_or_404(_with_texts(_own(user, case_id)).exclude(status=Assignment.Status.AHEAD))


def assignment_ahead(user: Visitor, case_id: int) -> Assignment:
    """The visitor's own assignment of a case that is kept ahead for them, with all that its page needs."""
    return get_object_or_404(_with_texts(_own(user, case_id)), status=Assignment.Status.AHEAD)


def _own(user: Visitor, case_id: int) -> QuerySet[Assignment]:
    _refuse_unreal(case_id)
    return Assignment.objects.filter(annotator=user.pk, case=case_id)


def _with_texts(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Two statements, since PostgreSQL plans a join of all nine tables for longer than it takes to run."""
    cases = Case.objects.select_related("study", "prompt", "first", "second")
    return assignments.select_related("annotator", "draft", "flag").prefetch_related(Prefetch("case", cases))


def studies_adjudicated_by(user: Visitor) -> QuerySet[Study]:
    """The studies whose cases `user` may decide, newest first: as an adjudicator or as a lead."""
    roles = (Membership.Role.LEAD, Membership.Role.ADJUDICATOR)
    return _studies(user, Q(memberships__user=user.pk, memberships__role__in=roles))


def adjudicates(user: Visitor, study: Study) -> bool:
    """Whether `user` may decide cases of this study, and read all that was said of them."""
    return studies_adjudicated_by(user).filter(pk=study.pk).exists()


def study_to_adjudicate(user: Visitor, slug: str) -> Study:
    """The study, for those who decide its cases."""
    return _one(studies_adjudicated_by(user), slug=slug)


def case_to_adjudicate(user: Visitor, slug: str, case_id: int) -> Case:
    """A case with all that was said of it, for those who decide it; its study and texts are joined."""
    joined = ("study__codebook", "prompt", "first", "second")
    return _one(Case.objects.select_related(*joined), pk=case_id, study=study_to_adjudicate(user, slug).pk)


def case_led_by(user: Visitor, slug: str, case_id: int) -> Case:
    """A case of a study, for those who lead it; its texts are joined."""
    joined = ("study__codebook", "prompt", "first", "second")
    return _one(Case.objects.select_related(*joined), pk=case_id, study=study_led_by(user, slug).pk)


def flag_to_settle(user: Visitor, slug: str, flag_id: int) -> Flag:
    """A flag on a case of a study whose cases `user` may decide."""
    return _one(Flag.objects.all(), pk=flag_id, assignment__case__study=study_to_adjudicate(user, slug).pk)


def datasets_for(user: Visitor) -> QuerySet[Dataset]:
    """Every dataset, for leads."""
    return Dataset.objects.all() if is_lead(user) else Dataset.objects.none()


def dataset_for(user: Visitor, name: str, version: int) -> Dataset:
    """One version of a dataset, for leads."""
    return _one(datasets_for(user), name=name, version=version)


def language_models_for(user: Visitor) -> QuerySet[LanguageModel]:
    """Every language model, for leads."""
    return LanguageModel.objects.all() if is_lead(user) else LanguageModel.objects.none()


def language_model_for(user: Visitor, slug: str) -> LanguageModel:
    """One language model, for leads."""
    return _one(language_models_for(user), slug=slug)


def runs_for(user: Visitor) -> QuerySet[Run]:
    """The runs that `user` may open, newest first: all for a site lead, else those of studies led and those started."""
    runs = Run.objects.select_related("dataset", "language_model")
    if not is_lead(user):
        return runs.none()
    if user.is_staff:
        return runs
    led = studies_led_by(user).order_by()
    paired = Q(pk__in=led.values("first_run")) | Q(pk__in=led.values("second_run"))
    return runs.filter(paired | Q(created_by=user))


def run_for(user: Visitor, pk: int) -> Run:
    """One run, for leads."""
    return _one(runs_for(user), pk=pk)


def _studies(user: Visitor, belongs: Q) -> QuerySet[Study]:
    if not user.is_authenticated or not user.is_active:
        return Study.objects.none()
    return Study.objects.all() if user.is_staff else Study.objects.filter(belongs)


def _one(rows: QuerySet[Row], **lookup: str | int | None) -> Row:
    """The row, or Http404; also for a name or number in a URL that the database would choke on."""
    for value in lookup.values():
        _refuse_unreal(value)
    return get_object_or_404(rows, **lookup)


def _refuse_unreal(value: str | int | None) -> None:
    if (isinstance(value, str) and "\x00" in value) or (isinstance(value, int) and value > _GREATEST_ID):
        raise Http404
