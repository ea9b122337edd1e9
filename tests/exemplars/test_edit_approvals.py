"""Approval from the editor: stored and approved, or neither; and never over an edit that the curator did not see."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.errors import NotProvedError, StaleApprovalError
from annotator.exemplars.models import Candidate, Exemplar, Repair
from annotator.exemplars.services.drafts import repair_draft_save
from annotator.exemplars.services.edit_approvals import edit_approve
from tests.cast import World
from tests.exemplars.curating import at_once, candidate_of, edited

SEEN = {"reasoning": "", "answer": "Tea of course."}


def approve(candidate: Candidate, author: User, **fields: Any) -> Exemplar:
    values = {**SEEN, "parent": None, "draft_version": 1, "ticked": (), "checker_version": CHECKER_VERSION, **fields}
    return edit_approve(candidate=Candidate.objects.get(pk=candidate.pk), author=author, **values)


def test_an_edit_is_stored_and_approved_together(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    repair_draft_save(candidate=candidate, author=dan, version=0, content=SEEN)
    exemplar = approve(candidate, dan)
    assert (exemplar.repair.method, exemplar.repair.author, exemplar.answer) == ("person", dan, SEEN["answer"])
    assert not candidate.drafts.exists()


def test_a_refused_approval_leaves_no_attempt_and_the_draft(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    draft = repair_draft_save(candidate=candidate, author=dan, version=0, content=SEEN)
    with pytest.raises(NotProvedError):
        approve(candidate, dan, answer="Tea, of course.")
    assert not Repair.objects.exists()
    assert candidate.drafts.get() == draft


def test_an_unchanged_attempt_keeps_its_maker_and_its_curators_draft_goes(world: World, dan: User, lena: User) -> None:
    candidate = candidate_of(world, dan)
    attempt = edited(candidate, lena)
    repair_draft_save(candidate=candidate, author=dan, version=0, content=SEEN)
    texts = {"reasoning": attempt.reasoning, "answer": attempt.answer}
    exemplar = approve(candidate, dan, parent=attempt, unchanged=True, **texts)
    assert (exemplar.repair, exemplar.approved_by, Repair.objects.count()) == (attempt, dan, 1)
    assert not candidate.drafts.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("unchanged", [False, True], ids=["an edit", "an attempt as it is"])
def test_an_edit_that_is_saved_meanwhile_is_neither_lost_nor_approved_unseen(
    world: World, dan: User, lena: User, unchanged: bool
) -> None:
    candidate = candidate_of(world, dan)
    attempt = edited(candidate, lena)
    repair_draft_save(candidate=candidate, author=dan, version=0, content=SEEN)
    texts = {"reasoning": attempt.reasoning, "answer": attempt.answer} if unchanged else SEEN
    save, approval = at_once(
        lambda: repair_draft_save(
            candidate=Candidate.objects.get(pk=candidate.pk), author=dan, version=1, content={**SEEN, "answer": "Tea,"}
        ),
        lambda: approve(candidate, dan, parent=attempt, unchanged=unchanged, **texts),
    )
    if isinstance(approval, Exemplar):  # it came first, and the save was refused
        assert approval.answer == "Tea of course."
        assert "its draft is gone" in str(save)
    else:
        assert isinstance(approval, StaleApprovalError)
        assert not Exemplar.objects.exists()
        assert candidate.drafts.get().content["answer"] == "Tea,"
