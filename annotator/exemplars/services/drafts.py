"""Saving of a curator's unsubmitted edit; as with all drafts, no save overwrites an unseen one."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.exemplars.models import Candidate, Repair, RepairDraft
from annotator.exemplars.services.candidates import lock_candidate
from annotator.studies.errors import StaleDraft
from annotator.studies.services.drafts import check_saved, draft_content, row_save


@transaction.atomic
def repair_draft_save(*, candidate: Candidate, author: User, version: int, content: Mapping[str, Any]) -> RepairDraft:
    """Save `content` on top of draft `version`, 0 if there is none. Returns the draft, with the next version.

    The same content again on the same version returns the saved draft. Raises StaleDraft, with the newest version, if
    another tab saved since or the draft was submitted, and DraftTooLarge.
    """
    stored = draft_content(content, candidate.case_id)
    lock_candidate(candidate.pk)  # waits for a submission that is under way
    late = version == 0 and _submitted(candidate, author, stored)
    saved = None if late else row_save(RepairDraft.objects.all(), version, stored, candidate=candidate, author=author)
    if saved is None:
        raise StaleDraft(
            _("You submitted the repair of case %(case)d elsewhere and its draft is gone; load the page again.")
            % {"case": candidate.case_id},
            version=0,
        )
    return check_saved(saved, version, stored, candidate.case_id)


def _submitted(candidate: Candidate, author: User, content: Mapping[str, Any]) -> bool:
    """Whether the texts of a first draft are those that its author submitted last: it was still on its way then."""
    edits = Repair.objects.filter(candidate=candidate, author=author, method=Repair.Method.PERSON)
    newest = edits.order_by("-pk").first()
    texts = (content.get("reasoning", ""), content.get("answer", ""))
    return newest is not None and (newest.reasoning, newest.answer) == texts
