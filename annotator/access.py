"""Who may open which object: the only door to one, for web and api alike. What one may not open does not exist (404).

A site lead (`is_staff`) opens everything. A member of a study with the role lead leads that study. Annotators open
their own studies and the cases that were assigned to them; adjudicators, like leads, all that was said of their study's
cases. Runs tell which side reasoned, so they are for whoever leads: somebody who leads one study sees its runs and
those they started, not the runs of a study they annotate in.
"""

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from annotator.corpus.models import Dataset
from annotator.prepared import Prepared
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
    return _own(_TO_CHANGE, user, case_id)


def assignment_to_read(user: Visitor, case_id: int) -> Assignment:
    """The same, with all that its page needs."""
    return _with_texts(_own(_TO_READ, user, case_id))


def assignment_ahead(user: Visitor, case_id: int) -> Assignment:
    """The visitor's own assignment of a case that is kept ahead for them, with all that its page needs."""
    return _with_texts(_own(_AHEAD, user, case_id))


def _own(assignments: Prepared[Assignment], user: Visitor, case_id: int) -> Assignment:
    """The visitor's one of these, or Http404; it need not ask again who its annotator is."""
    _refuse_unreal(case_id)
    own = assignments(user.pk, case_id)
    if not own:
        raise Http404
    assert isinstance(user, User)
    own[0].annotator = user
    return own[0]


def _of(annotator: int, case: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(annotator=annotator, case=case)


def _given(annotator: int, case: int) -> QuerySet[Assignment]:
    return _of(annotator, case).exclude(status=Assignment.Status.AHEAD)


def _to_read(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    said = ("draft__version", "draft__content", "draft__saved_at", "flag__reason", "flag__settled_at")
    return assignments.select_related("case__study", "draft", "flag").only(*_NEEDED, *said)


def _with_texts(assignment: Assignment) -> Assignment:
    """With the prompt and the two generations of its case.

    They are asked for in a statement of their own: PostgreSQL takes 6 ms to plan the join of all nine tables.
    """
    study = assignment.case.study
    [assignment.case] = _WITH_TEXTS(assignment.case_id)
    assignment.case.study = study
    return assignment


# Columns are named one by one: a generation alone has sixteen, and each costs something with every click.
_NEEDED = (
    *("annotator", "status", "lease_until", "second_is_left", "blind_choice"),
    *(f"case__{name}" for name in ("study", "prompt", "first", "second", "filled")),
    *(f"case__study__{name}" for name in ("slug", "title", "codebook", "overlap", "blind", "order", "status")),
)
_OF_A_GENERATION = ("answer", "reasoning", "answer_tokens", "reasoning_tokens", "split_status", "finish_reason")
_TEXTS = (
    *("outcome", "contrast", "filled", "prompt__text"),
    *(f"{side}__{name}" for side in ("first", "second") for name in _OF_A_GENERATION),
)
_TO_CHANGE = Prepared(lambda annotator, case: _given(annotator, case).select_related("case__study").only(*_NEEDED))
_TO_READ = Prepared(lambda annotator, case: _to_read(_given(annotator, case)))
_AHEAD = Prepared(lambda annotator, case: _to_read(_of(annotator, case).filter(status=Assignment.Status.AHEAD)))
_WITH_TEXTS = Prepared(
    lambda case: Case.objects.select_related("prompt", "first", "second").only(*_TEXTS).filter(pk=case)
)


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
