"""Approvals: nothing unproved becomes an exemplar, whatever comes between; new checkers prove all of them again."""

from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.management import call_command

from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import Constraint
from annotator.events.models import Event
from annotator.exemplars import proof
from annotator.exemplars.errors import NotProvedError, RepairError, StaleApprovalError
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, PromptSetMember, Repair
from annotator.exemplars.services import approvals
from annotator.exemplars.services.approvals import exemplar_withdraw, exemplars_reprove
from annotator.exemplars.services.drafts import repair_draft_save
from annotator.exemplars.services.repairs import repair_submit
from tests.cast import World
from tests.exemplars.curating import UNDECIDABLE, approved, at_once, candidate_of, edited, with_undecidable


def checkers_become(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Let the checkers have another version, in the approval and in its proofs."""
    monkeypatch.setattr(approvals, "CHECKER_VERSION", version)
    versioned = proof.prove
    monkeypatch.setattr(
        approvals, "prove", lambda *texts: proof.Proof(versioned(*texts).constraints, checker_version=version)
    )


def test_a_proved_repair_is_approved_in_a_persons_name(world: World, dan: User) -> None:
    repair = edited(candidate_of(world, dan), dan)
    exemplar = approved(repair, dan)
    assert (exemplar.approved_by, exemplar.answer, exemplar.reasoning) == (dan, repair.answer, repair.reasoning)
    assert exemplar.content_hash.startswith("exemplar-1:")
    assert [(row.checker_version, row.holds) for row in exemplar.proofs.all()] == [(CHECKER_VERSION, True)]
    assert Event.objects.last().kind == "exemplar.approved"


def test_a_violated_constraint_refuses_the_approval_and_is_named(world: World, dan: User) -> None:
    repair = edited(candidate_of(world, dan), dan, "Tea, of course.")
    with pytest.raises(NotProvedError, match=r"does not satisfy constraints 1 \(punctuation:no_comma\)"):
        approved(repair, dan)
    assert not Exemplar.objects.exists()


def test_stored_verdicts_are_not_believed(world: World, dan: User) -> None:
    repair = edited(candidate_of(world, dan), dan)
    Repair.objects.filter(pk=repair.pk).update(answer="Tea, of course.")
    with pytest.raises(NotProvedError):
        approved(repair, dan)  # which holds the answer without a comma in memory


def test_a_constraint_that_no_checker_decides_is_ticked_by_the_person(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    with_undecidable(candidate)
    repair = edited(candidate, dan)
    with pytest.raises(NotProvedError, match=r"no checker decides constraints 2 \(language:response_language\)"):
        approved(repair, dan)
    with pytest.raises(NotProvedError, match="constraints 1 cannot be ticked"):
        approved(repair, dan, ticked=[0, 1])
    assert approved(repair, dan, ticked=[1]).ticked == [1]


def test_a_tick_on_no_constraint_of_the_prompt_is_refused_without_naming_a_checker(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    with_undecidable(candidate)
    repair = edited(candidate, dan)
    for ticked in ([1, 7], [1, -1], [1, 10**400]):
        with pytest.raises(NotProvedError, match="a tick is on no constraint of its prompt"):
            approved(repair, dan, ticked=ticked)


def test_a_blank_answer_is_no_exemplar_whatever_is_ticked(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    Constraint.objects.filter(prompt=candidate.case.prompt).update(kind=UNDECIDABLE)
    repair = edited(candidate, dan)
    for blank in ("", " \n\t"):  # as a model may answer
        Repair.objects.filter(pk=repair.pk).update(answer=blank)
        with pytest.raises(NotProvedError, match="has no answer, so that there is nothing to prove; edit it"):
            approved(repair, dan, ticked=[0])
    assert not Exemplar.objects.exists()


def test_a_good_reasoning_does_not_prove_a_blank_answer(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    Constraint.objects.filter(prompt=candidate.case.prompt).update(scope=Constraint.Scope.REASONING)
    repair = edited(candidate, dan)
    Repair.objects.filter(pk=repair.pk).update(answer="", reasoning="No commas here.")
    with pytest.raises(NotProvedError, match="has no answer"):
        approved(repair, dan)


def test_an_approval_needs_a_person(world: World, dan: User) -> None:
    repair = edited(candidate_of(world, dan), dan)
    with pytest.raises(RepairError, match="needs the name of a person"):
        approved(repair, AnonymousUser())


def test_a_candidate_has_one_exemplar_until_it_is_withdrawn(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    repair = edited(candidate, dan)
    exemplar, other = approved(repair, dan), edited(candidate, dan, "Tea!")
    for second in (repair, other):
        with pytest.raises(RepairError, match=f"has exemplar {exemplar.pk} already"):
            approved(second, dan)
    exemplar_withdraw(exemplar=exemplar, reason="Too short.", user=dan)
    with pytest.raises(RepairError, match="which was withdrawn"):
        approved(repair, dan)
    assert approved(other, dan).withdrawn_at is None


def test_a_repair_that_is_not_done_cannot_be_approved(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    repair = Repair.objects.create(
        candidate=candidate, method="model", language_model=world.language_model, request=uuid4()
    )
    with pytest.raises(RepairError, match="is not done"):
        approved(repair, dan)


def test_new_checkers_between_the_page_and_the_approval_refuse_it(
    world: World, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    repair = edited(candidate_of(world, dan), dan)
    checkers_become(monkeypatch, "ifeval-3")
    with pytest.raises(StaleApprovalError, match=r"checkers changed since .* \(ifeval-2, now ifeval-3\)"):
        approved(repair, dan)
    assert approved(repair, dan, checker_version="ifeval-3").proofs.get().checker_version == "ifeval-3"


def test_new_checkers_prove_all_exemplars_again_and_withdraw_those_that_fall(
    world: World, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea = approved(edited(candidate_of(world, dan), dan), dan)
    bike = approved(edited(candidate_of(world, dan, "bike"), dan, "a red bike"), dan)
    frozen = PromptSet.objects.create(study=world.study, name="drinks", content_hash="x:1", frozen_at=tea.approved_at)
    PromptSetMember.objects.create(prompt_set=frozen, exemplar=tea, position=0)
    assert exemplars_reprove() == []
    Exemplar.objects.filter(pk=tea.pk).update(answer="Tea, of course.")  # as if the checker had overlooked the comma
    checkers_become(monkeypatch, "ifeval-3")
    fallen, held = exemplars_reprove()
    assert (fallen.exemplar, fallen.holds, held.exemplar, held.holds) == (tea, False, bike, True)
    assert (fallen.failing, fallen.frozen_sets) == ([(0, "punctuation:no_comma")], ["drinks v1"])
    tea.refresh_from_db()
    assert tea.withdrawn_reason == "Not proved by checkers ifeval-3: constraints 1 (punctuation:no_comma)."
    assert frozen.members.count() == 1
    assert exemplars_reprove() == []
    assert bike.proofs.count() == 2


def test_the_command_prints_what_fell_and_fails(world: World, dan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = approved(edited(candidate_of(world, dan), dan), dan)
    out = StringIO()
    call_command("reprove_exemplars", stdout=out)
    assert "Every exemplar has a proof by checkers ifeval-2" in out.getvalue()
    Exemplar.objects.filter(pk=tea.pk).update(answer="Tea, of course.")
    checkers_become(monkeypatch, "ifeval-3")
    with pytest.raises(SystemExit) as stopped:
        call_command("reprove_exemplars", stdout=out)
    assert stopped.value.code == 1
    assert "1 (punctuation:no_comma)" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_approvals_of_one_candidate_at_once_make_one_exemplar(world: World, dan: User, lena: User) -> None:
    candidate = candidate_of(world, dan)
    repairs = [edited(candidate, dan, "Tea of course."), edited(candidate, dan, "Tea!")]
    found = at_once(
        *(
            lambda repair=repair, user=user: approved(repair, user)
            for repair, user in zip(repairs, (dan, lena), strict=True)
        )
    )
    assert Exemplar.objects.count() == 1
    assert [type(value) for value in found].count(Exemplar) == 1
    assert [str(value) for value in found if "already" in str(value)]


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_is_saved_while_another_is_submitted_is_neither_lost_nor_approved_unseen(
    world: World, dan: User
) -> None:
    candidate = candidate_of(world, dan)
    seen = {"reasoning": "", "answer": "Tea of course."}
    repair_draft_save(candidate=candidate, author=dan, version=0, content=seen)
    save, submit = at_once(
        lambda: repair_draft_save(
            candidate=Candidate.objects.get(pk=candidate.pk), author=dan, version=1, content={**seen, "answer": "Tea,"}
        ),
        lambda: approved(
            repair_submit(candidate=Candidate.objects.get(pk=candidate.pk), author=dan, draft_version=1, **seen),
            dan,
        ),
    )
    if isinstance(submit, Exemplar):  # it came first, and the save was told so
        assert submit.answer == "Tea of course."
        assert "submitted the repair" in str(save)
    else:
        assert isinstance(submit, StaleApprovalError)
        assert not Exemplar.objects.exists()
        assert candidate.drafts.get().content["answer"] == "Tea,"
