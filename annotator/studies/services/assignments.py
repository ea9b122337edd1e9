"""Changes of a held assignment before its submission: renewal, blind choice, skip."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.blind_text import is_blind
from annotator.studies.errors import (
    AssignmentClosed,
    BlindChoiceFixed,
    LeaseLost,
    NotBlind,
    PracticeDue,
    StudyClosed,
)
from annotator.studies.models import Assignment, Case, Study
from annotator.studies.selectors.unblinded import knows_sides, not_blind_sentence
from annotator.studies.services.reworks import reworks_close
from annotator.studies.services.slots import (
    assignments_of,
    case_gone,
    has_free_slot,
    lock_case,
    refuse_changed,
    refuse_deactivated,
    renew_lease,
)
from annotator.text_cleaning import replace_unstorable

_SKIP_REASON_LENGTH = 200


@transaction.atomic
def assignment_renew(*, assignment: Assignment) -> Assignment:
    """Renew the lease of a held assignment: the heartbeat of an open case page.

    A lease that has ended is renewed too while the case has a free slot, else LeaseLost. Raises AssignmentClosed if the
    assignment is not held, StudyClosed if the study is closed, NotAMember if the annotator was deactivated.
    """
    study = assignment.case.study
    case = lock_case(assignment.case_id)
    assignments = assignments_of(assignment.case_id)
    current = next(row for row in assignments if row.pk == assignment.pk)
    if current.status != Assignment.Status.HELD:
        raise AssignmentClosed(_closed_sentence(current))
    _refuse_closed(study)
    refuse_deactivated(study, assignment.annotator)
    free = has_free_slot(assignments, overlap=study.overlap, besides=assignment.annotator)
    if not free and case.is_counted:
        raise LeaseLost(
            _("Your hold on case %(case)d ended and others have taken it; your draft is kept, ask for the next case.")
            % {"case": current.case_id}
        )
    return renew_lease(current, Assignment.Status.HELD)


@transaction.atomic
def assignment_choose_blind(*, assignment: Assignment, choice: str, seen: str = "") -> Assignment:
    """Record which answer obeys better, before the sides are named.

    The first choice stays: the same one again changes nothing, another one raises BlindChoiceFixed. Whether the page
    hid the sides wholly is recorded with it: a choice that was not blind counts in no figure. `seen` is the
    `Study.shown_settings` that the page was made with; "" skips that check. Raises NotBlind for an annotator who can
    read the sides elsewhere by now, and StudyChanged.
    """
    if choice not in Assignment.Side.values:
        raise BlindChoiceFixed(
            _("Choice %(choice)r is unknown; choose one of %(known)s.")
            % {"choice": choice, "known": ", ".join(Assignment.Side.values)}
        )
    if not assignment.case.study.blind:
        raise BlindChoiceFixed(
            _("Study %(study)r is not blind; submit the annotation at once.") % {"study": assignment.case.study.slug}
        )
    _refuse_closed(assignment.case.study)
    if not assignment.blind_choice:
        refuse_changed(assignment.case.study, seen)
    if not assignment.blind_choice and knows_sides(assignment.case.study, assignment.annotator):
        # Their role changed while they had the case.
        skip = _("Skip case %(case)d, and another annotator gets it.") % {"case": assignment.case_id}
        raise NotBlind(f"{not_blind_sentence(assignment.case.study)} {skip}")
    now = timezone.now()
    Assignment.objects.filter(pk=assignment.pk, status=Assignment.Status.HELD, blind_choice="").update(
        blind_choice=choice,
        revealed_at=now,
        touched_at=now,
        verdicts_shown=assignment.case.study.verdicts_shown,
        blind=_is_blind(assignment),
    )
    assignment.refresh_from_db(
        fields=["status", "blind_choice", "revealed_at", "verdicts_shown", "blind", "touched_at"]
    )
    if not assignment.blind_choice:
        raise AssignmentClosed(_("Case %(case)d was skipped; ask for the next case.") % {"case": assignment.case_id})
    if assignment.blind_choice != choice:
        raise BlindChoiceFixed(
            _(
                "Case %(case)d: you chose %(choice)r before the sides were named, and that choice stays; "
                "say what you think now in the annotation."
            )
            % {"case": assignment.case_id, "choice": assignment.blind_choice}
        )
    return assignment


@transaction.atomic
def assignment_skip(*, assignment: Assignment, reason: str) -> Assignment:
    """Return the case to the queue: it is not assigned to this annotator again, unless they take the skip back or a
    lead hands it out again (`skips`). Their draft is kept. Idempotent.

    Raises PracticeDue for a practice case, AssignmentClosed for a submitted one.
    """
    if assignment.case.is_practice:
        raise PracticeDue(
            _(
                "Case %(case)d is for practice and cannot be skipped; judge it as well as you can, "
                "and you are told what was expected."
            )
            % {"case": assignment.case_id}
        )
    if assignment.status == Assignment.Status.HELD:
        _refuse_closed(assignment.case.study)
    again, now = assignment.skipped_at is not None, timezone.now()
    skipped = Assignment.objects.filter(pk=assignment.pk, status=Assignment.Status.HELD).update(
        status=Assignment.Status.SKIPPED,
        skip_reason=replace_unstorable(reason.strip())[:_SKIP_REASON_LENGTH],
        skipped_at=now,
        touched_at=now,
    )
    assignment.refresh_from_db(fields=["status", "skip_reason", "skipped_at", "touched_at"])
    if skipped:
        event_append(
            "assignment.skipped",
            assignment,
            {"case": assignment.case_id, "reason": assignment.skip_reason},
            actor=assignment.annotator,
            study=assignment.case.study_id,
        )
    if skipped and again:  # only then can the case have been handed out again
        reworks_close(assignment=assignment)
    if assignment.status == Assignment.Status.SUBMITTED:
        raise AssignmentClosed(
            _("Case %(case)d was submitted already; revise it instead of skipping it.") % {"case": assignment.case_id}
        )
    return assignment


def _is_blind(assignment: Assignment) -> bool:
    texts = Case.objects.filter(pk=assignment.case_id).values_list("prompt__text", "first__answer", "second__answer")
    verdicts = assignment.case.study.verdicts_shown == Study.VerdictsShown.FROM_START
    read = texts.first()
    if read is None:
        raise case_gone(assignment.case_id)
    return is_blind(*read, verdicts=verdicts)


def _closed_sentence(assignment: Assignment) -> str:
    sentences = {
        Assignment.Status.PREFETCHED: _("Case %(case)d is not yours yet; ask for the next case."),
        Assignment.Status.SKIPPED: _("Case %(case)d is skipped already; ask for the next case."),
        Assignment.Status.SUBMITTED: _("Case %(case)d is submitted already; ask for the next case."),
    }
    return sentences[Assignment.Status(assignment.status)] % {"case": assignment.case_id}


def _refuse_closed(study: Study) -> None:
    if study.status == Study.Status.CLOSED:
        raise StudyClosed(
            _("Study %(study)r was closed meanwhile and takes no more work; your draft is kept.")
            % {"study": study.slug}
        )
