"""Practice cases: made from a case and its expected annotation, and turned back into real ones."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import PracticeRefused
from annotator.studies.models import Annotation, Assignment, Case, Pattern, Practice
from annotator.studies.services.slots import lock_case
from annotator.text_cleaning import replace_unstorable

MAX_FEEDBACK = 5_000


@transaction.atomic
def practice_set(*, case: Case, label: str, patterns: Sequence[str], feedback: str, by: User | None = None) -> Practice:
    """Make the case a practice case, or change its expected annotation. `patterns` are slugs of the study's codebook.

    It becomes complete, so that the queue passes it over; the row lock keeps it from being assigned meanwhile. Raises
    PracticeRefused for an invalid field, and for a case that was assigned before.
    """
    locked = lock_case(case.pk)
    if locked.is_check:
        raise PracticeRefused(
            _("Case %(case)d is a hidden check; make it a real case again first.") % {"case": case.pk}
        )
    if not Practice.objects.filter(case=case).exists() and locked.assignments.exists():
        raise PracticeRefused(
            _("Case %(case)d was handed out already; choose one for practice that nobody has seen.") % {"case": case.pk}
        )
    text = replace_unstorable(feedback.strip())
    chosen = _checked(case, label, patterns, text)
    practice, _made = Practice.objects.update_or_create(case=locked, defaults={"label": label, "feedback": text})
    practice.patterns.set(chosen)
    locked.complete = True
    locked.save(update_fields=["complete"])
    event_append("practice.set", locked, {"case": case.pk, "label": label}, actor=by, study=locked.study_id)
    return practice


@transaction.atomic
def practice_end(*, case: Case, by: User | None = None) -> None:
    """Make the case a real one again. PracticeRefused once somebody annotated it and saw the expected annotation.

    Idempotent: a case that is for practice no more, because another tab made it real or a hidden check, stays as it is.
    """
    locked = lock_case(case.pk)
    if not Practice.objects.filter(case=locked).exists():
        return
    submitted = locked.assignments.filter(status=Assignment.Status.SUBMITTED).count()
    if submitted:
        raise PracticeRefused(
            _("Case %(case)d: %(n)d annotators practised on it and were told what was expected; it stays practice.")
            % {"case": case.pk, "n": submitted}
        )
    Practice.objects.filter(case=locked).delete()
    locked.complete = False
    locked.save(update_fields=["complete"])
    event_append("practice.ended", locked, {"case": case.pk}, actor=by, study=locked.study_id)


def _checked(case: Case, label: str, slugs: Sequence[str], feedback: str) -> list[Pattern]:
    if label not in Annotation.Label.values:
        raise PracticeRefused(
            _("Label %(label)r is unknown; choose one of %(known)s.")
            % {"label": label, "known": ", ".join(Annotation.Label.values)}
        )
    if len(feedback) > MAX_FEEDBACK:
        raise PracticeRefused(
            _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"field": _("The feedback"), "n": len(feedback), "most": MAX_FEEDBACK}
        )
    known = {pattern.slug: pattern for pattern in case.study.codebook.patterns.all()}
    for slug in slugs:
        if slug not in known:
            raise PracticeRefused(
                _("Pattern %(slug)r is not in the codebook; known patterns: %(known)s.")
                % {"slug": slug, "known": ", ".join(known)}
            )
    return [known[slug] for slug in dict.fromkeys(slugs)]
