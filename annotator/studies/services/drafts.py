"""Saving of drafts. A save is refused if the stored draft is newer than the one on the page.

An annotator's draft belongs to an assignment, an adjudicator's to a user and a case, a curator's
(`annotator.exemplars`) to a user and a candidate of a case; one rule serves them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.canonical import canonical_json
from annotator.studies.errors import DraftTooLarge, StaleDraft
from annotator.studies.models import Assignment, BaseDraft, Case, DecisionDraft, Draft
from annotator.studies.selectors.blinded_annotations import newest_adjudication
from annotator.studies.services.slots import lock_case
from annotator.text_cleaning import storable

MAX_DRAFT_BYTES = 256 * 1024
DRAFTS_KEPT = timedelta(days=90)
"""How long workers keep a change of a submitted annotation that was never sent."""

DraftRow = TypeVar("DraftRow", bound=BaseDraft)


@dataclass(frozen=True, slots=True)
class SubmittedDraft:
    """The draft that the page of a submission knew: its version, 0 for none, and the submitted fields as a draft."""

    version: int
    content: Mapping[str, Any]


@transaction.atomic
def draft_save(
    *, assignment: Assignment, version: int, content: Mapping[str, Any], base_revision: int | None = None
) -> Draft:
    """Save `content` on top of draft `version`, 0 if there is none. Returns the draft, with the next version.

    `base_revision` is the annotation's revision on which the page was loaded: a draft on top of an older one was still
    on its way when the annotation was submitted, and is refused. None skips that check. The same content again on the
    same version, as after a lost response, returns the saved draft. Raises StaleDraft, with the newest version, if
    another tab saved since; DraftTooLarge above MAX_DRAFT_BYTES.
    """
    stored = draft_content(content, assignment.case_id)
    if base_revision is not None:
        lock_case(assignment.case_id)  # waits for a submission that is under way
    submitted = base_revision is not None and assignment.annotations.filter(revision__gt=base_revision).exists()
    saved = None if submitted else row_save(Draft.objects.all(), version, stored, assignment=assignment)
    if saved is None:
        raise StaleDraft(
            _("Case %(case)d was submitted elsewhere and its draft is gone; load the page again.")
            % {"case": assignment.case_id},
            version=0,
        )
    return check_saved(saved, version, stored, assignment.case_id)


@transaction.atomic
def draft_discard(*, assignment: Assignment, version: int) -> Draft:
    """Delete draft `version`, 0 if there is none, of a case on which it says what was submitted already.

    Returns an unstored draft of version 0. Raises StaleDraft, with the newest version, if another tab saved since.
    """
    Draft.objects.filter(assignment=assignment, version=version).delete()
    newest = Draft.objects.filter(assignment=assignment).first()
    if newest is not None:
        raise StaleDraft(_newer_saved(assignment.case_id, newest.version), version=newest.version)
    return Draft(assignment=assignment, version=0, saved_at=timezone.now())


@transaction.atomic
def drafts_delete_old(*, before: datetime) -> int:
    """Delete the drafts of submitted cases that were saved before that time. Returns how many.

    They are changes of an annotation that were typed and never sent. Drafts of open and skipped cases stay.
    """
    old = Draft.objects.filter(assignment__status=Assignment.Status.SUBMITTED, saved_at__lt=before)
    deleted, _rows = old.delete()
    return deleted


@transaction.atomic
def decision_draft_save(
    *, case: Case, adjudicator: User, base_revision: int, version: int, content: Mapping[str, Any]
) -> DecisionDraft:
    """Save the draft of an adjudicator's decision, begun on top of decision `base_revision`. Errors as in `draft_save`.

    A draft that is older than a decision by its own author is refused: it was still on its way, or in another tab, when
    they decided. A decision by somebody else refuses no draft.
    """
    stored = draft_content({**content, "base_revision": base_revision}, case.pk)
    newest = newest_adjudication(lock_case(case.pk))
    decided = newest is not None and newest.author_id == adjudicator.pk and newest.revision > base_revision
    saved = (
        None if decided else row_save(DecisionDraft.objects.all(), version, stored, case=case, adjudicator=adjudicator)
    )
    if saved is None:
        raise StaleDraft(
            _("You decided case %(case)d elsewhere and its draft is gone; load the page again.") % {"case": case.pk},
            version=0,
        )
    return check_saved(saved, version, stored, case.pk)


def draft_content(content: Mapping[str, Any], case_id: int) -> dict[str, Any]:
    """Replace what cannot be stored, and check the size."""
    stored: dict[str, Any] = storable(dict(content))
    size = len(canonical_json(stored))
    if size > MAX_DRAFT_BYTES:
        raise DraftTooLarge(
            _("The draft of case %(case)d is %(n)d bytes; at most %(most)d fit.")
            % {"case": case_id, "n": size, "most": MAX_DRAFT_BYTES}
        )
    return stored


def row_save(rows: QuerySet[DraftRow], version: int, stored: dict[str, Any], **of: Any) -> DraftRow | None:
    """Store the draft if `version` is the newest. Returns the row as it is afterwards, None if it was deleted."""
    if version == 0:
        return rows.get_or_create(**of, defaults={"version": 1, "content": stored})[0]
    rows.filter(**of, version=version).update(version=version + 1, content=stored, saved_at=timezone.now())
    return rows.filter(**of).first()


def check_saved(newest: DraftRow, version: int, stored: dict[str, Any], case_id: int) -> DraftRow:
    """Return the draft if it is the save on top of `version`. Raises StaleDraft, with the newest version, else."""
    if (newest.version, newest.content) == (version + 1, stored):
        return newest
    raise StaleDraft(_newer_saved(case_id, newest.version), version=newest.version)


def submitted_row_delete(rows: QuerySet[DraftRow], submitted: SubmittedDraft | None, case_id: int) -> None:
    """Delete the draft in `rows`, one at most, whose fields are submitted. None skips the check of what is stored.

    Raises StaleDraft, with the stored version, if another tab saved other content than is submitted since.
    """
    if submitted is None:
        rows.delete()
        return
    # One statement where the page knew the draft, and one where there is none: a click has a budget.
    if submitted.version and rows.filter(version=submitted.version).delete()[0]:
        return
    stored = rows.first()
    if stored is None:
        return
    if stored.content != storable(dict(submitted.content)):
        raise StaleDraft(
            _(
                "Case %(case)d: another tab or device saved other words meanwhile, as draft %(version)d; submit again "
                "to replace them, or load the page again to read them."
            )
            % {"case": case_id, "version": stored.version},
            version=stored.version,
        )
    rows.delete()


def _newer_saved(case_id: int, version: int) -> str:
    sentence = _("Case %(case)d: another tab or device saved draft %(version)d; load it before saving over it.")
    return sentence % {"case": case_id, "version": version}
