"""Repairs that are made at once: a person's edit, and a mechanical one. Those by models are requested."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.exemplars.errors import RepairError
from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.services.attempts import attempt_content, refuse_too_long
from annotator.exemplars.services.candidates import lock_candidate, refuse_rejected
from annotator.exemplars.services.drafts import draft_drop
from annotator.exemplars.services.repair_requests import repairs_request
from annotator.text_cleaning import storable

__all__ = ["repair_mechanical", "repair_submit", "repairs_request"]


@transaction.atomic
def repair_submit(
    *,
    candidate: Candidate,
    author: User,
    reasoning: str,
    answer: str,
    parent: Repair | None = None,
    draft_version: int | None = None,
) -> Repair:
    """Append a person's edit of `parent`, or of the failing answer, with its verdicts; delete the draft it came from.

    `draft_version` is the author's draft as the page knows it, 0 for none yet; None submits without a draft. The same
    edit sent twice, as after a lost response, is one repair. Raises StaleApprovalError if the stored draft is another
    one, and RepairError for an empty or too long answer, a rejected candidate, and an attempt of another candidate.
    """
    refuse_too_long(candidate, reasoning, answer)
    locked = lock_candidate(candidate.pk)
    refuse_rejected(locked)
    _check_parent(locked, parent)
    content = attempt_content(locked, reasoning=reasoning, answer=answer)
    _check_not_empty(locked, content["answer"])
    newest = Repair.objects.filter(candidate=locked, author=author, method=Repair.Method.PERSON).order_by("-pk").first()
    again = newest is not None and _same_edit(newest, content, parent)
    if draft_version is not None:
        draft_drop(candidate=locked, author=author, version=draft_version, content=content, again=again)
    if newest is not None and again:
        return newest
    return _made(locked, Repair.Method.PERSON, content, author=author, parent=parent)


@transaction.atomic
def repair_mechanical(
    *,
    candidate: Candidate,
    answer: str,
    edits: Sequence[Mapping[str, Any]],
    user: User | None = None,
    parent: Repair | None = None,
) -> Repair:
    """Append the result of mechanical `edits` (JSON objects of `annotator.exemplars.edits`), with its verdicts.

    The reasoning is that of `parent`, or of the failing answer: an edit of the answer leaves it as it is. The same
    result again is one repair. Errors as in `repair_submit`, and RepairError without an edit.
    """
    if not edits:
        raise RepairError(
            _("Candidate %(candidate)d: no mechanical edit helps; edit the answer yourself, or ask a model.")
            % {"candidate": candidate.pk}
        )
    refuse_too_long(candidate, answer)
    locked = lock_candidate(candidate.pk)
    refuse_rejected(locked)
    _check_parent(locked, parent)
    reasoning = parent.reasoning if parent else locked.generation.reasoning
    content = attempt_content(locked, reasoning=reasoning, answer=answer)
    _check_not_empty(locked, content["answer"])
    for earlier in Repair.objects.filter(candidate=locked, method=Repair.Method.MECHANICAL, parent=parent):
        if _same_edit(earlier, content, parent):
            return earlier
    parameters = {"edits": storable(list(edits))}
    return _made(locked, Repair.Method.MECHANICAL, content, author=user, parent=parent, parameters=parameters)


def _made(
    candidate: Candidate, method: Repair.Method, content: Mapping[str, Any], *, author: User | None, **fields: Any
) -> Repair:
    repair = Repair.objects.create(
        candidate=candidate,
        method=method,
        author=author,
        status=Repair.Status.DONE,
        finished_at=timezone.now(),
        **content,
        **fields,
    )
    violated = sum(verdict["strict"] is False for verdict in repair.verdicts)
    payload = {"candidate": candidate.pk, "method": method.value, "violated": violated}
    event_append("repair.made", repair, payload, actor=author, study=candidate.case.study_id)
    return repair


def _same_edit(repair: Repair, content: Mapping[str, Any], parent: Repair | None) -> bool:
    fields = (repair.answer, repair.reasoning, repair.parent_id)
    return fields == (content["answer"], content["reasoning"], parent.pk if parent else None)


def _check_parent(candidate: Candidate, parent: Repair | None) -> None:
    if parent is not None and (parent.candidate_id != candidate.pk or parent.status != Repair.Status.DONE):
        raise RepairError(
            _("Repair %(repair)d is no finished attempt at candidate %(candidate)d; begin with one that is.")
            % {"repair": parent.pk, "candidate": candidate.pk}
        )


def _check_not_empty(candidate: Candidate, answer: str) -> None:
    if not answer.strip():
        raise RepairError(
            _("The repair of candidate %(candidate)d has no answer; write one.") % {"candidate": candidate.pk}
        )
