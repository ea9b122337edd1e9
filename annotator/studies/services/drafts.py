"""Keeps what an annotator has typed but not submitted. A save on top of an unseen newer one is refused."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.canonical import canonical_json
from annotator.studies.errors import DraftTooLarge, StaleDraft
from annotator.studies.models import Assignment, Draft
from annotator.studies.typed_text import storable_json

MAX_DRAFT_BYTES = 256 * 1024


@transaction.atomic
def draft_save(*, assignment: Assignment, version: int, content: Mapping[str, Any]) -> Draft:
    """Save `content` on top of draft `version` (0 where there is none); the draft returned has the next version.

    Saving the same content again on the same version, as after a lost answer, gives the saved draft. Raises
    StaleDraft, with the newest version, when somebody else saved since; DraftTooLarge above 256 KiB.
    """
    kept = storable_json(dict(content))
    size = len(canonical_json(kept))
    if size > MAX_DRAFT_BYTES:
        raise DraftTooLarge(f"The draft of case {assignment.case_id} is {size} bytes; at most {MAX_DRAFT_BYTES} fit.")
    if version == 0:
        draft, made = Draft.objects.get_or_create(assignment=assignment, defaults={"version": 1, "content": kept})
        if made:
            return draft
    else:
        Draft.objects.filter(assignment=assignment, version=version).update(
            version=version + 1, content=kept, saved_at=timezone.now()
        )
    return _saved_or_stale(assignment, version + 1, kept)


def _saved_or_stale(assignment: Assignment, version: int, content: dict[str, Any]) -> Draft:
    newest = Draft.objects.filter(assignment=assignment).first()
    if newest is not None and (newest.version, newest.content) == (version, content):
        return newest
    if newest is None:
        raise StaleDraft(
            f"Case {assignment.case_id} was submitted elsewhere and its draft is gone; load the page again.", version=0
        )
    raise StaleDraft(
        f"Case {assignment.case_id}: another tab or device saved draft {newest.version}; "
        "load it before saving over it.",
        version=newest.version,
    )
