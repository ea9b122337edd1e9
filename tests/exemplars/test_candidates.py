"""Candidates: sent to repair once, with the reasons why, rejected with a reason and opened again."""

from collections.abc import Mapping

import pytest
from django.contrib.auth.models import User

from annotator.events.models import Event
from annotator.exemplars.errors import RepairError
from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.selectors.candidates import CandidateState, best_attempt, candidate_states, candidates_in_order
from annotator.exemplars.services.candidates import (
    candidate_create,
    candidate_reject,
    candidate_reopen,
    candidates_create,
)
from annotator.exemplars.services.repairs import repair_submit
from annotator.studies.services import case_next, member_add, study_create
from tests.cast import World, make_world
from tests.exemplars.curating import approved, candidate_of, case_of, edited
from tests.studies.annotating import submit


def test_the_second_answer_of_a_case_is_sent_to_repair_once(world: World, dan: User, lena: User) -> None:
    first, again = candidate_of(world, dan), candidate_of(world, lena)
    assert (first.pk, first.requested_by) == (again.pk, dan)
    assert first.generation == case_of(world).second
    assert [event.kind for event in Event.objects.filter(subject__startswith="exemplars.")] == ["candidate.created"]


def test_why_it_fails_is_stored_by_verdicts_where_nobody_has_labelled(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    assert (candidate.basis, candidate.reasons) == (
        Candidate.Basis.VERDICTS,
        {
            "label": "hurt",
            "patterns": [],
            "violated": [{"position": 0, "kind": "punctuation:no_comma"}],
            "words": len(candidate.case.prompt.text.split()) + 3,
        },
    )


def test_two_annotators_who_agree_and_the_gold_that_follows_are_named_as_the_basis(
    world: World, alice: User, bob: User, dan: User
) -> None:
    member_add(study=world.study, user=dan, role="curator")
    held = [case_next(study=world.study, annotator=person) for person in (alice, bob)]
    if held[0].case_id != held[1].case_id:  # an overlap of one: the only annotation is gold by rule
        held = held[:1]
    for assignment in held:
        submit(assignment, label="hurt", patterns=["neglected"])
    candidate = candidate_create(case=held[0].case, user=dan)
    assert candidate.basis == Candidate.Basis.GOLD
    assert (candidate.reasons["label"], candidate.reasons["patterns"]) == ("hurt", ["neglected"])


def test_an_answer_of_the_first_run_can_be_sent_too(world: World, dan: User) -> None:
    case = case_of(world, "rain")
    candidate = candidate_create(case=case, user=dan, generation=case.first)
    assert candidate.generation == case.first
    assert [row["kind"] for row in candidate.reasons["violated"]] == ["punctuation:no_comma"]


def test_two_studies_of_the_same_runs_each_repair_the_answer(world: World, dan: User) -> None:
    runs = {"first_run": world.first_run, "second_run": world.second_run}
    study = study_create(slug="again", title="Again", codebook=world.codebook, **runs)
    elsewhere = study.cases.get(prompt__key="tea")
    mine, theirs = candidate_of(world, dan), candidate_create(case=elsewhere, user=dan)
    assert mine.pk != theirs.pk
    assert mine.generation == theirs.generation


def test_a_generation_of_another_case_is_refused(world: World, dan: User) -> None:
    with pytest.raises(RepairError, match="is none of case"):
        candidate_create(case=case_of(world), user=dan, generation=case_of(world, "rain").second)


def test_a_prompt_without_constraints_is_refused_since_nothing_could_be_proved(world: World, dan: User) -> None:
    case = case_of(world)
    case.prompt.constraints.update(prompt=case_of(world, "moon").prompt, position=1)
    with pytest.raises(RepairError, match="states no constraint"):
        candidate_create(case=case, user=dan)


def test_several_cases_are_sent_together_or_not_at_all(world: World, dan: User) -> None:
    ids = [case_of(world, key).pk for key in ("tea", "bike")]
    foreign = make_world("other").study.cases.first()
    with pytest.raises(RepairError, match=f"has no case {foreign.pk}"):
        candidates_create(study=world.study, case_ids=[*ids, foreign.pk], user=dan)
    assert not Candidate.objects.exists()
    made = candidates_create(study=world.study, case_ids=[*ids, ids[0]], user=dan)
    assert [candidate.case_id for candidate in made] == ids


def test_a_rejected_candidate_takes_no_repair_until_it_is_opened_again(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    with pytest.raises(RepairError, match="needs a reason"):
        candidate_reject(candidate=candidate, reason="  ", user=dan)
    rejected = candidate_reject(candidate=candidate, reason="The prompt contradicts itself.", user=dan)
    assert (rejected.rejected_by, rejected.rejected_reason) == (dan, "The prompt contradicts itself.")
    with pytest.raises(RepairError, match=r"was rejected \(The prompt contradicts itself\.\)"):
        edited(candidate, dan)
    candidate_reopen(candidate=rejected, user=dan)
    assert edited(candidate, dan).status == "done"


def test_a_candidate_with_an_exemplar_is_not_rejected(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    exemplar = approved(edited(candidate, dan), dan)
    with pytest.raises(RepairError, match=f"has exemplar {exemplar.pk}"):
        candidate_reject(candidate=candidate, reason="Too long.", user=dan)


def states(world: World) -> Mapping[int, CandidateState]:
    return {row.candidate.pk: row for row in candidate_states(candidates_in_order(world.study))}


def test_the_list_says_how_far_each_candidate_is(world: World, dan: User) -> None:
    tea, bike = candidate_of(world, dan), candidate_of(world, dan, "bike")
    edited(bike, dan, "A bike red")
    state = states(world)
    assert [state[pk].status for pk in (tea.pk, bike.pk)] == ["open", "open"]
    best = edited(tea, dan, "Tea of course.")
    edited(tea, dan, "Tea is a warm drink of course.")
    state = states(world)
    assert (state[tea.pk].status, state[tea.pk].best, state[tea.pk].done) == ("proved", best, 2)
    approved(best, dan)
    assert states(world)[tea.pk].status == "approved"


def test_the_best_attempt_satisfies_most_and_then_changes_least(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    assert best_attempt(candidate) is None
    edited(candidate, dan, "Tea, of course!")
    edited(candidate, dan, "Something else entirely about tea.")
    nearest = edited(candidate, dan, "Tea of course.")
    assert best_attempt(candidate) == nearest
    assert nearest.edit_distance == 1


def test_an_attempt_without_an_answer_is_never_the_best(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    attempt = edited(candidate, dan)
    for blank in ("", " \n"):
        Repair.objects.filter(pk=attempt.pk).update(answer=blank)
        assert best_attempt(candidate) is None
        (state,) = states(world).values()
        assert (state.status, state.best, state.done) == ("open", None, 1)


def test_a_candidate_is_deleted_with_its_attempts_and_their_revisions(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    first = edited(candidate, dan, "Tea, still.")
    repair_submit(candidate=candidate, author=dan, reasoning="", answer="Tea is good.", parent=first)
    candidate.delete()
    assert not Repair.objects.exists()
