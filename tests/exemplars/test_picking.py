"""Picking: hurt cases by gold, by agreement, then by verdicts, each with the reasons of its rank."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.datasets.models import Prompt
from annotator.exemplars.selectors.picking import Proposal, proposals
from annotator.exemplars.services.candidates import candidate_reject
from annotator.studies.models import Adjudication, Case, Pattern, Practice, Study
from annotator.studies.services import case_next, member_add
from tests.cast import World, make_world
from tests.exemplars.curating import candidate_of, case_of
from tests.studies.annotating import submit


@pytest.fixture
def study(world: World) -> Study:
    """Every second answer of it is the worse one, by verdicts."""
    Case.objects.update(outcome="hurt")
    return world.study


def keys(found: list[Proposal]) -> list[str]:
    return [proposal.case.prompt.key for proposal in found]


def decide(world: World, key: str, label: str, *patterns: str, author: User | None = None) -> None:
    case = case_of(world, key)
    row = Adjudication.objects.create(case=case, revision=1, label=label, reason="So it is.", author=author)
    row.patterns.add(*Pattern.objects.filter(codebook=world.codebook, slug__in=patterns))


def test_only_hurt_cases_are_proposed(world: World) -> None:
    (tea,) = proposals(world.study)
    assert (tea.case, tea.generation, tea.basis) == (case_of(world), case_of(world).second, "verdicts")
    assert tea.reasons["violated"] == [{"position": 0, "kind": "punctuation:no_comma"}]
    assert (tea.reasons["rank"], tea.reasons["new_kinds"]) == (1, ["punctuation:no_comma"])


def test_gold_comes_before_agreement_and_agreement_before_verdicts(alice: User, bob: User, carol: User) -> None:
    world = make_world(overlap=3)
    Case.objects.update(outcome="hurt")
    for person in (alice, bob):
        member_add(study=world.study, user=person, role="annotator")
    agreed = case_next(study=world.study, annotator=alice)
    submit(agreed, label="hurt", patterns=["neglected"])
    Case.objects.filter(pk=agreed.case_id).update(queue_rank=-1)
    theirs = case_next(study=world.study, annotator=bob)
    assert theirs.case_id == agreed.case_id
    submit(theirs, label="hurt")
    decided = next(key for key in ("moon", "bike") if case_of(world, key).pk != agreed.case_id)
    decide(world, decided, "hurt", author=carol)
    found = proposals(world.study)
    assert [proposal.basis for proposal in found] == ["gold", "agreed", "verdicts", "verdicts"]
    assert (found[0].case.prompt.key, found[1].case.pk) == (decided, agreed.case_id)
    assert found[1].reasons["patterns"] == ["neglected"]


def test_a_person_who_says_it_helped_outweighs_the_verdicts(study: Study, world: World, carol: User) -> None:
    decide(world, "tea", "helped", author=carol)
    assert "tea" not in keys(proposals(study))


def test_a_case_that_one_of_two_has_labelled_waits_for_the_other(study: Study, world: World, alice: User) -> None:
    Study.objects.update(overlap=2)
    assignment = case_next(study=Study.objects.get(), annotator=alice)
    submit(assignment, label="hurt")
    assert assignment.case.prompt.key not in keys(proposals(study))


def test_a_case_for_practice_or_a_candidate_is_left_out(study: Study, world: World, dan: User) -> None:
    Practice.objects.create(case=case_of(world, "moon"), label="hurt")
    candidate = candidate_of(world, dan)
    candidate_reject(candidate=candidate, reason="Two prompts in one.", user=dan)
    assert set(keys(proposals(study))) == {"bike", "rain"}


def test_a_new_pattern_counts_more_than_one_that_is_covered(study: Study, world: World, carol: User) -> None:
    for key, pattern in (("tea", "neglected"), ("rain", "neglected"), ("moon", "other")):
        decide(world, key, "hurt", pattern, author=carol)
    found = proposals(study)
    assert {keys(found)[0], keys(found)[1]} in ({"tea", "moon"}, {"rain", "moon"})
    assert [proposal.reasons["new_patterns"] for proposal in found[:3]].count([]) == 1
    assert found[2].reasons["new_patterns"] == []


def test_what_the_candidates_cover_is_no_longer_new(study: Study, world: World, dan: User) -> None:
    candidate_of(world, dan)
    assert all(proposal.reasons["new_kinds"] != ["punctuation:no_comma"] for proposal in proposals(study))


def test_a_shorter_and_a_different_prompt_comes_first_among_equals(study: Study, world: World) -> None:
    for key, words in (("tea", 300), ("rain", 3), ("moon", 4)):
        text = " ".join(f"{'same' if key != 'tea' else 'other'}{n}" for n in range(words))
        Prompt.objects.filter(dataset=world.dataset, key=key).update(text=text)
    order = [key for key in keys(proposals(study)) if key != "bike"]
    assert order.index("rain") < order.index("moon")  # nearly the same prompt, and longer


def test_the_list_ends_at_its_limit_and_is_the_same_at_every_look(study: Study) -> None:
    whole = proposals(study)
    assert keys(proposals(study, limit=2)) == keys(whole)[:2]
    assert keys(proposals(study)) == keys(whole)


def test_the_queries_do_not_grow_with_the_cases(study: Study, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(7):
        assert len(proposals(study)) == 4
