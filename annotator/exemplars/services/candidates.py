"""Candidates: answers sent to repair, rejected with a reason, and opened again."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.exemplars.errors import RepairError
from annotator.exemplars.models import Candidate, Exemplar
from annotator.exemplars.selectors.reasons import Reasons, reasons_of
from annotator.runs.models import Generation
from annotator.studies.models import Case, Study
from annotator.text_cleaning import replace_unstorable

MAX_REASON = 400


@transaction.atomic
def candidate_create(*, case: Case, user: User | None, generation: Generation | None = None) -> Candidate:
    """Send an answer of a case to repair: that of its second generation, or the `generation` named. Idempotent.

    Why it fails, and by whose word, is read from the case and stored. Raises RepairError for a generation of another
    case, one without an answer, and a prompt without constraints, which nothing could prove.
    """
    failing = generation or case.second
    _check_repairable(case, failing)
    reasons = reasons_of([case], {case.pk: failing})[case.pk]
    return _created(case, failing, reasons, user)


@transaction.atomic
def candidates_create(*, study: Study, case_ids: Collection[int], user: User | None) -> list[Candidate]:
    """Send the second answers of several cases to repair, all or none, in the order of `case_ids`. Idempotent.

    Raises RepairError for a case of another study, and for a study that is archived.
    """
    rows = Case.objects.filter(study=study, pk__in=case_ids).select_related("study", "prompt", "first", "second")
    cases = {case.pk: case for case in rows}
    if missing := [case_id for case_id in case_ids if case_id not in cases]:
        raise RepairError(
            _("Study %(study)s has no case %(case)d; send cases of this study alone.")
            % {"study": study.slug, "case": missing[0]}
        )
    for case in cases.values():
        _check_repairable(case, case.second)
    reasons = reasons_of(cases.values(), {case.pk: case.second for case in cases.values()})
    ids = dict.fromkeys(case_ids)
    return [_created(cases[pk], cases[pk].second, reasons[pk], user) for pk in ids]


@transaction.atomic
def candidate_reject(*, candidate: Candidate, reason: str, user: User) -> Candidate:
    """Set a candidate aside, with a reason. Raises RepairError without one, and where an exemplar was approved."""
    words = checked_reason(reason)
    locked = lock_candidate(candidate.pk)
    if exemplar := Exemplar.objects.filter(candidate=locked, withdrawn_at=None).first():
        raise RepairError(
            _("Candidate %(candidate)d has exemplar %(exemplar)d; withdraw that before you reject the candidate.")
            % {"candidate": locked.pk, "exemplar": exemplar.pk}
        )
    if locked.rejected_at is None:
        locked.rejected_by, locked.rejected_at, locked.rejected_reason = user, timezone.now(), words
        locked.save(update_fields=["rejected_by", "rejected_at", "rejected_reason"])
        payload = {"case": locked.case_id, "reason": words}
        event_append("candidate.rejected", locked, payload, actor=user, study=locked.case.study_id)
    return locked


@transaction.atomic
def candidate_reopen(*, candidate: Candidate, user: User) -> Candidate:
    """Open a rejected candidate again. Idempotent; the event keeps who did it."""
    locked = lock_candidate(candidate.pk)
    if locked.rejected_at is not None:
        locked.rejected_by, locked.rejected_at, locked.rejected_reason = None, None, ""
        locked.save(update_fields=["rejected_by", "rejected_at", "rejected_reason"])
        event_append("candidate.reopened", locked, {"case": locked.case_id}, actor=user, study=locked.case.study_id)
    return locked


def lock_candidate(candidate_id: int) -> Candidate:
    """Lock a candidate, read with its case, prompt and generation. Rows that refer to it can still be inserted."""
    joined = ("case__study", "case__prompt", "generation")
    return Candidate.objects.select_for_update(no_key=True, of=("self",)).select_related(*joined).get(pk=candidate_id)


def refuse_rejected(candidate: Candidate) -> None:
    """Raise RepairError where a candidate was rejected."""
    if candidate.rejected_at is not None:
        raise RepairError(
            _("Candidate %(candidate)d was rejected (%(reason)s); open it again before you repair it.")
            % {"candidate": candidate.pk, "reason": candidate.rejected_reason}
        )


def _created(case: Case, failing: Generation, reasons: Reasons, user: User | None) -> Candidate:
    candidate, created = Candidate.objects.get_or_create(
        case=case,
        generation=failing,
        defaults={"basis": reasons.basis, "reasons": reasons.to_json(), "requested_by": user},
    )
    if created:
        payload = {"case": case.pk, "basis": candidate.basis}
        event_append("candidate.created", candidate, payload, actor=user, study=case.study_id)
    return candidate


def _check_repairable(case: Case, failing: Generation) -> None:
    if case.study.archived_at is not None:
        raise RepairError(
            _("Study %(study)r is archived and takes no work; a lead can take it back.") % {"study": case.study.slug}
        )
    if failing.pk not in (case.first_id, case.second_id):
        raise RepairError(
            _("Generation %(generation)d is none of case %(case)d; name its first or its second one.")
            % {"generation": failing.pk, "case": case.pk}
        )
    if failing.status != Generation.Status.DONE:
        raise RepairError(
            _("Case %(case)d: generation %(generation)d is not done, so that there is nothing to repair yet.")
            % {"case": case.pk, "generation": failing.pk}
        )
    if not case.prompt.constraints.exists():
        raise RepairError(
            _("Case %(case)d: prompt %(key)s states no constraint, so that no answer to it can be proved.")
            % {"case": case.pk, "key": case.prompt.key}
        )


def checked_reason(reason: str) -> str:
    """Return the words of a reason as stored. Raises RepairError without any, and above MAX_REASON characters."""
    words = replace_unstorable(reason.strip())
    if not words:
        raise RepairError(_("Setting something aside needs a reason; say in a few words why."))
    if len(words) > MAX_REASON:
        raise RepairError(
            _("The reason has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"n": len(words), "most": MAX_REASON}
        )
    return words
