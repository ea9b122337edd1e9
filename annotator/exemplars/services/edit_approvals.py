"""Approval of an edit from the editor: stored as an attempt and approved, or neither."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from annotator.exemplars.models import Candidate, Exemplar, Repair
from annotator.exemplars.services.approvals import exemplar_approve
from annotator.exemplars.services.candidates import lock_candidate
from annotator.exemplars.services.drafts import draft_drop
from annotator.exemplars.services.repairs import repair_submit


@transaction.atomic
def edit_approve(
    *,
    candidate: Candidate,
    author: User,
    reasoning: str,
    answer: str,
    parent: Repair | None,
    draft_version: int | None,
    ticked: Collection[int],
    checker_version: str,
    unchanged: bool = False,
) -> Exemplar:
    """Approve what `author` sees in the editor: the attempt `parent` if it is `unchanged`, else their edit of it.

    A refused approval leaves no attempt, and the author's draft as it is. Errors as in `repair_submit` and
    `exemplar_approve`. `draft_version` None, as from a page without scripts, leaves the draft alone.
    """
    if parent is None or not unchanged:
        repair = repair_submit(
            candidate=candidate,
            author=author,
            reasoning=reasoning,
            answer=answer,
            parent=parent,
            draft_version=draft_version,
        )
    else:
        lock_candidate(candidate.pk)
        if draft_version is not None:
            seen = {"reasoning": reasoning, "answer": answer}
            draft_drop(candidate=candidate, author=author, version=draft_version, content=seen)
        repair = parent
    return exemplar_approve(repair=repair, user=author, ticked=ticked, checker_version=checker_version)
