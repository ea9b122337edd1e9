"""Submission of annotations. Each appends a revision; a repeated request changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import (
    AnnotationRefused,
    AssignmentClosed,
    BlindChoiceMissing,
    CaseComplete,
    StaleRevision,
    StudyClosed,
)
from annotator.studies.models import Annotation, Assignment, Dispute, Draft, Pattern, Study
from annotator.studies.selectors.codebook_versions import patterns_of
from annotator.studies.services.annotation_validation import (
    check_confidence,
    checked_effects,
    checked_spans,
    disputed_verdicts,
)
from annotator.studies.services.drafts import SubmittedDraft, submitted_row_delete
from annotator.studies.services.gold import adjudication_by_rule
from annotator.studies.services.reworks import rework_finish
from annotator.studies.services.slots import (
    assignments_of,
    count_submissions,
    has_free_slot,
    lock_case,
    refuse_changed,
    refuse_deactivated,
)
from annotator.text_cleaning import replace_unstorable

MAX_OTHER_TEXT = 500
MAX_NOTE = 20_000
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class AnnotationContent:
    """The content of an annotation, as its annotator submits it.

    `patterns` are slugs of the study's codebook; `effects` and `spans` have the shape in which Annotation stores them;
    `disputes` are objects `{"side": "first" or "second", "constraint": number from 1, "reason"}`, on verdicts on the
    answers. `seconds` is the time for which the page was in view; it is cut to a day.
    """

    label: str
    patterns: Sequence[str] = ()
    other_text: str = ""
    note: str = ""
    confidence: str = ""
    effects: Sequence[str] = ()
    spans: Sequence[Mapping[str, Any]] = ()
    disputes: Sequence[Mapping[str, Any]] = ()
    seconds: int | None = None


@transaction.atomic
def annotation_submit(
    *,
    assignment: Assignment,
    submission_key: UUID,
    base_revision: int,
    content: AnnotationContent,
    rework: int | None = None,
    seen: str = "",
    draft: SubmittedDraft | None = None,
) -> Annotation:
    """Append the annotation as the next revision and delete the draft.

    `submission_key` is drawn once by the page for one click: the same key again returns the stored annotation.
    `base_revision` is the revision that the annotator saw, 0 for none. `rework` is the id of the open rework that the
    page showed: the submission closes it, and none that was requested since. `seen` is the `Study.shown_settings` that
    the page was made with; "" skips that check. `draft` is the draft that the page knew; None skips that check.

    Raises StaleRevision if `base_revision` is not the newest, StaleDraft if another tab saved a draft since,
    StudyChanged, StudyClosed, NotAMember, AssignmentClosed, BlindChoiceMissing, AnnotationRefused for an invalid field,
    and CaseComplete if the lease has ended and no slot is free.
    """
    current, assignments = _locked(assignment, with_texts=bool(content.spans))
    # A held assignment has no annotation yet, and that is nearly every call: no query for it.
    earlier = [] if current.status == Assignment.Status.HELD else list(current.annotations.order_by("-revision"))
    for annotation in earlier:
        if annotation.submission_key == submission_key:
            return annotation
    refuse_deactivated(current.case.study, current.annotator)
    _check_open(current, assignments, base_revision, newest=earlier[0].revision if earlier else 0)
    refuse_changed(current.case.study, seen)
    annotation = _append(current, content, revision=base_revision + 1, submission_key=submission_key)
    incomplete = not current.case.complete
    _close_assignment(current, assignments, draft)
    if rework is not None:
        rework_finish(assignment=current, rework_id=rework)
    completed = incomplete and current.case.complete
    event_append(
        "annotation.submitted",
        annotation,
        {"case": current.case_id, "revision": annotation.revision, "completed": completed},
        actor=current.annotator,
        study=current.case.study_id,
        publish=completed,
    )
    return annotation


def _append(assignment: Assignment, content: AnnotationContent, *, revision: int, submission_key: UUID) -> Annotation:
    """Check every field of `content` and store it. Raises AnnotationRefused."""
    case = assignment.case
    known = {pattern.slug: pattern for pattern in patterns_of(case.study.codebook_id)}
    chosen = _chosen_patterns(content.patterns, known)
    # The text belongs to a pattern that needs it: no screen shows it without one.
    needs_text = any(pattern.needs_text for pattern in chosen)
    other_text = replace_unstorable(content.other_text.strip()) if needs_text else ""
    note = replace_unstorable(content.note)
    _check_fields(content.label, chosen, other_text, note)
    check_confidence(content.confidence)
    disputed = disputed_verdicts(content.disputes, case)
    annotation = Annotation.objects.create(
        assignment=assignment,
        revision=revision,
        submission_key=submission_key,
        codebook_id=case.study.codebook_id,
        verdicts_shown=case.study.verdicts_shown,
        label=content.label,
        other_text=other_text,
        note=note,
        confidence=content.confidence,
        effects=checked_effects(content.effects, case),
        spans=checked_spans(content.spans, case, known),
        seconds=None if content.seconds is None else min(max(content.seconds, 0), _DAY_S),
    )
    annotation.patterns.add(*chosen)
    Dispute.objects.bulk_create(Dispute(annotation=annotation, verdict=row, reason=reason) for row, reason in disputed)
    return annotation


def _locked(assignment: Assignment, *, with_texts: bool) -> tuple[Assignment, list[Assignment]]:
    """Lock the case. Returns the assignment as it is then, with its case and annotator, and all of the case."""
    case = lock_case(assignment.case_id, *(("prompt", "first", "second") if with_texts else ()))
    case.study = assignment.case.study
    assignments = assignments_of(case.pk)
    current = next(row for row in assignments if row.pk == assignment.pk)
    current.case, current.annotator = case, assignment.annotator
    return current, assignments


def _check_open(assignment: Assignment, assignments: Iterable[Assignment], base_revision: int, *, newest: int) -> None:
    study, case_id = assignment.case.study, assignment.case_id
    if study.status == Study.Status.CLOSED:
        raise StudyClosed(
            _("Study %(study)r is closed and takes no more work; your draft is kept.") % {"study": study.slug}
        )
    if assignment.status == Assignment.Status.PREFETCHED:
        raise AssignmentClosed(_("Case %(case)d is not yours yet; ask for the next case.") % {"case": case_id})
    if assignment.status == Assignment.Status.SKIPPED:
        raise AssignmentClosed(
            _("You skipped case %(case)d; it went back to the queue, ask for the next case.") % {"case": case_id}
        )
    if study.blind and not assignment.blind_choice:
        raise BlindChoiceMissing(
            _("Case %(case)d: first say which answer obeys better, then judge the reasoning.") % {"case": case_id}
        )
    if base_revision != newest:
        raise StaleRevision(
            _(
                "Case %(case)d: revision %(revision)d was submitted from another tab or device; "
                "load the page again to revise that one, your draft is kept."
            )
            % {"case": case_id, "revision": newest}
        )
    free = newest > 0 or has_free_slot(assignments, overlap=study.overlap, besides=assignment.annotator)
    if not free and assignment.case.is_counted:
        raise CaseComplete(
            _("Case %(case)d: your hold ended and others have filled it; your draft is kept, ask for the next case.")
            % {"case": case_id}
        )


def _chosen_patterns(slugs: Sequence[str], known: Mapping[str, Pattern]) -> list[Pattern]:
    for slug in slugs:
        if slug not in known:
            raise AnnotationRefused(
                _("Pattern %(slug)r is not in the codebook; known patterns: %(known)s.")
                % {"slug": slug, "known": ", ".join(known)}
            )
    return [known[slug] for slug in dict.fromkeys(slugs)]


def _check_fields(label: str, patterns: Sequence[Pattern], other_text: str, note: str) -> None:
    if label not in Annotation.Label.values:
        raise AnnotationRefused(
            _("Label %(label)r is unknown; choose one of %(known)s.")
            % {"label": label, "known": ", ".join(Annotation.Label.values)}
        )
    for pattern in patterns:
        if pattern.needs_text and not other_text:
            raise AnnotationRefused(
                _("Pattern %(name)r needs words; say in the field beside it what you saw.") % {"name": pattern.name}
            )
    for name, text, most in (
        (_("The text beside the pattern"), other_text, MAX_OTHER_TEXT),
        (_("The note"), note, MAX_NOTE),
    ):
        if len(text) > most:
            raise AnnotationRefused(
                _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
                % {"field": name, "n": len(text), "most": most}
            )


def _close_assignment(assignment: Assignment, assignments: Iterable[Assignment], draft: SubmittedDraft | None) -> None:
    """Mark the assignment, one of `assignments`, as submitted; delete its draft, update the counts and the gold."""
    assignment.status = Assignment.Status.SUBMITTED
    assignment.save(update_fields=["status", "touched_at"])
    submitted_row_delete(Draft.objects.filter(assignment=assignment), draft, assignment.case_id)
    count_submissions(assignment.case, assignments, overlap=assignment.case.study.overlap)
    adjudication_by_rule(case=assignment.case)
