"""Saving of drafts. A save on top of a newer version that its page has not seen is refused.

An annotator's draft belongs to their assignment, an adjudicator's to them and the case; both are kept by one rule.
"""

from collections.abc import Mapping
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

Row = TypeVar("Row", bound=BaseDraft)


@transaction.atomic
def draft_save(
    *, assignment: Assignment, version: int, content: Mapping[str, Any], base_revision: int | None = None
) -> Draft:
    """Save `content` on top of draft `version` (0 where there is none); the draft returned has the next version.

    What was typed on top of an older revision than the newest is no draft any more: it was still on its way when the
    annotation was submitted. `base_revision` None does not ask. Saving the same content again on the same version, as
    after a lost answer, gives the saved draft. Raises StaleDraft, with the newest version, when somebody else saved
    since; DraftTooLarge above 256 KiB.
    """
    kept = _fitting(content, assignment.case_id)
    if base_revision is not None:
        lock_case(assignment.case_id)  # a submission that is under way comes first
    submitted = base_revision is not None and assignment.annotations.filter(revision__gt=base_revision).exists()
    saved = None if submitted else _save(Draft.objects.all(), version, kept, assignment=assignment)
    if saved is None:
        raise StaleDraft(
            _("Case %(case)d was submitted elsewhere and its draft is gone; load the page again.")
            % {"case": assignment.case_id},
            version=0,
        )
    return _unless_stale(saved, version, kept, assignment.case_id)


@transaction.atomic
def decision_draft_save(
    *, case: Case, adjudicator: User, base_revision: int, version: int, content: Mapping[str, Any]
) -> DecisionDraft:
    """The same for an adjudicator's decision, typed on top of decision `base_revision`.

    What somebody typed before a decision of their own is no draft any more: a save that was still on its way when they
    decided, or another tab's, is refused. What others decided meanwhile takes nobody's draft away.
    """
    kept = _fitting({**content, "base_revision": base_revision}, case.pk)
    newest = newest_adjudication(lock_case(case.pk))
    decided = newest is not None and newest.author_id == adjudicator.pk and newest.revision > base_revision
    saved = None if decided else _save(DecisionDraft.objects.all(), version, kept, case=case, adjudicator=adjudicator)
    if saved is None:
        raise StaleDraft(
            _("You decided case %(case)d elsewhere and its draft is gone; load the page again.") % {"case": case.pk},
            version=0,
        )
    return _unless_stale(saved, version, kept, case.pk)


def _fitting(content: Mapping[str, Any], case_id: int) -> dict[str, Any]:
    """`content` as it is stored."""
    kept: dict[str, Any] = storable(dict(content))
    size = len(canonical_json(kept))
    if size > MAX_DRAFT_BYTES:
        raise DraftTooLarge(
            _("The draft of case %(case)d is %(n)d bytes; at most %(most)d fit.")
            % {"case": case_id, "n": size, "most": MAX_DRAFT_BYTES}
        )
    return kept


def _save(rows: QuerySet[Row], version: int, kept: dict[str, Any], **of: Any) -> Row | None:
    """Store it on top of `version` if that is the newest; the row as it is then, None where it is gone."""
    if version == 0:
        return rows.get_or_create(**of, defaults={"version": 1, "content": kept})[0]
    rows.filter(**of, version=version).update(version=version + 1, content=kept, saved_at=timezone.now())
    return rows.filter(**of).first()


def _unless_stale(newest: Row, version: int, kept: dict[str, Any], case_id: int) -> Row:
    if (newest.version, newest.content) == (version + 1, kept):
        return newest
    raise StaleDraft(
        _("Case %(case)d: another tab or device saved draft %(version)d; load it before saving over it.")
        % {"case": case_id, "version": newest.version},
        version=newest.version,
    )
