"""Hidden check cases: marked by a lead with a known answer, and made real cases again."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import CheckRefused
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.services.gold import adjudication_by_rule
from annotator.studies.services.slots import assignments_of, count_submissions, lock_case

MIN_EVERY, MAX_EVERY = 2, 1_000


@transaction.atomic
def check_set(*, case: Case, label: str, choice: str = "", by: User | None = None) -> Case:
    """Make the case a hidden check, or change its known answer: `label`, and the answer that obeys better, or "".

    The queue passes it over then and mixes it in beside the overlap; the row lock keeps it from being assigned
    meanwhile. What was annotated on it before stays as it is. Raises CheckRefused for an unknown value, for a practice
    case, and for a case that was assigned before it was a check: its annotations count already.
    """
    _check_answer(case, label, choice)
    locked = lock_case(case.pk)
    if locked.is_practice:
        raise CheckRefused(
            _("Case %(case)d is for practice, and its answer was shown; choose another one for a hidden check.")
            % {"case": case.pk}
        )
    if not locked.is_check and locked.assignments.exists():
        raise CheckRefused(
            _("Case %(case)d was handed out already; choose one for a hidden check that nobody has seen.")
            % {"case": case.pk}
        )
    locked.known_label, locked.known_choice, locked.complete = label, choice, True
    locked.save(update_fields=["known_label", "known_choice", "complete"])
    payload = {"case": case.pk, "label": label, "choice": choice}
    event_append("check.set", locked, payload, actor=by, study=locked.study_id)
    return locked


@transaction.atomic
def check_end(*, case: Case, by: User | None = None) -> Case:
    """Make the case a real one again. Annotations on it count from now on: nobody was told that it was a check."""
    locked = lock_case(case.pk, "study")
    if not locked.is_check:
        return locked
    locked.known_label = locked.known_choice = ""
    locked.save(update_fields=["known_label", "known_choice"])
    count_submissions(locked, assignments_of(case.pk), overlap=locked.study.overlap, reopen=True)
    adjudication_by_rule(case=locked)
    event_append("check.ended", locked, {"case": case.pk}, actor=by, study=locked.study_id)
    return locked


@transaction.atomic
def study_check_every(*, study: Study, every: int, by: User | None = None) -> Study:
    """Make one of `every` cases that an annotator gets a hidden check; 0 gives none. Raises CheckRefused."""
    if every and not MIN_EVERY <= every <= MAX_EVERY:
        raise CheckRefused(
            _(
                "One of %(every)d cases cannot be a hidden check; give a number from %(least)d to %(most)d, "
                "or 0 for none."
            )
            % {"every": every, "least": MIN_EVERY, "most": MAX_EVERY}
        )
    if study.check_every != every:
        study.check_every = every
        study.save(update_fields=["check_every"])
        event_append("check.every", study, {"every": every}, actor=by, study=study.pk)
    return study


def _check_answer(case: Case, label: str, choice: str) -> None:
    for value, known in ((label, Annotation.Label.values), (choice, ["", *Case.Better.values])):
        if value not in known:
            raise CheckRefused(
                _("Case %(case)d: the known answer %(value)r is unknown; choose one of %(known)s.")
                % {"case": case.pk, "value": value, "known": ", ".join(filter(None, known))}
            )
