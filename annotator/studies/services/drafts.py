"""Keeps what an annotator has typed but not submitted. A save on top of an unseen newer one is refused."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.canonical import canonical_json
from annotator.storable import storable
from annotator.studies.errors import DraftTooLarge, StaleDraft
from annotator.studies.models import Assignment, Draft

MAX_DRAFT_BYTES = 256 * 1024


@transaction.atomic
def draft_save(*, assignment: Assignment, version: int, content: Mapping[str, Any]) -> Draft:
    """Save `content` on top of draft `version` (0 where there is none); the draft returned has the next version.

    Saving the same content again on the same version, as after a lost answer, gives the saved draft. Raises
    StaleDraft, with the newest version, when somebody else saved since; DraftTooLarge above 256 KiB.
    """
    kept = storable(dict(content))
    size = len(canonical_json(kept))
    if size > MAX_DRAFT_BYTES:
        raise DraftTooLarge(
            _("The draft of case %(case)d is %(n)d bytes; at most %(most)d fit.")
            % {"case": assignment.case_id, "n": size, "most": MAX_DRAFT_BYTES}
        )
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
            _("Case %(case)d was submitted elsewhere and its draft is gone; load the page again.")
            % {"case": assignment.case_id},
            version=0,
        )
    raise StaleDraft(
        _("Case %(case)d: another tab or device saved draft %(version)d; load it before saving over it.")
        % {"case": assignment.case_id, "version": newest.version},
        version=newest.version,
    )
