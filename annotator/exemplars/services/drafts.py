"""Saving of a curator's unsubmitted edit; as with all drafts, no save overwrites an unseen one."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.exemplars.errors import StaleApprovalError
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


def draft_drop(
    *, candidate: Candidate, author: User, version: int, content: Mapping[str, Any], again: bool = False
) -> None:
    """Delete the author's draft if it is the one of this version or has the submitted texts.

    Where none is stored, one of a later version than 0 was submitted already: just before if this is it `again`. Raises
    StaleApprovalError if a newer one is stored or was submitted: it is not what the author saw.
    """
    drafts = RepairDraft.objects.filter(candidate=candidate, author=author)
    stored = drafts.first()
    if not _is_known(stored, version, (content["reasoning"], content["answer"]), again=again):
        raise StaleApprovalError(
            _(
                "Candidate %(candidate)d: another tab or device saved a newer draft or submitted it; "
                "load the page again and submit what you see there."
            )
            % {"candidate": candidate.pk}
        )
    drafts.delete()


def _is_known(stored: RepairDraft | None, version: int, texts: tuple[str, str], *, again: bool) -> bool:
    if stored is None:
        return version == 0 or again
    return stored.version == version or (stored.content.get("reasoning"), stored.content.get("answer")) == texts


def _submitted(candidate: Candidate, author: User, content: Mapping[str, Any]) -> bool:
    """Whether the texts of a first draft are those that its author submitted last: it was still on its way then.

    One that began on that submission itself is a new one.
    """
    edits = Repair.objects.filter(candidate=candidate, author=author, method=Repair.Method.PERSON)
    newest = edits.order_by("-pk").first()
    if newest is None or content.get("parent") == newest.pk:
        return False
    return (newest.reasoning, newest.answer) == (content.get("reasoning", ""), content.get("answer", ""))
