"""Approval of an edit: stored as an attempt, approved, added to a prompt set, or none of it."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from annotator.exemplars.models import Candidate, Exemplar, PromptSet, Repair
from annotator.exemplars.services.approvals import exemplar_approve
from annotator.exemplars.services.candidates import lock_candidate
from annotator.exemplars.services.drafts import draft_drop
from annotator.exemplars.services.prompt_sets import prompt_set_add
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
    prompt_set: PromptSet | None = None,
) -> Exemplar:
    """Approve what `author` sees in the editor: the attempt `parent` if it is `unchanged`, else their edit of it.

    With a `prompt_set` the exemplar becomes its last member; PromptSetError where the set refuses it.
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
    exemplar = exemplar_approve(repair=repair, user=author, ticked=ticked, checker_version=checker_version)
    if prompt_set is not None:
        prompt_set_add(prompt_set=prompt_set, exemplar_id=exemplar.pk, user=author)
    return exemplar
