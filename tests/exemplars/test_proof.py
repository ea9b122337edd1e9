"""Proofs: what an answer must satisfy before it can be an exemplar."""

from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import Constraint, Prompt
from annotator.exemplars.proof import prove
from tests.cast import World

FRENCH_WITHOUT_ARGUMENT = "language:response_language"


def prompt_of(world: World, key: str) -> Prompt:
    return world.dataset.prompts.get(key=key)


def test_an_answer_is_proved_if_every_constraint_is_strict_true(world: World) -> None:
    proof = prove(prompt_of(world, "bike"), "a red bike")
    assert (proof.satisfied, proof.violated, proof.undecided) == (2, (), ())
    assert proof.holds()
    assert proof.checker_version == CHECKER_VERSION


def test_a_loose_verdict_proves_nothing(world: World) -> None:
    # Loose verdicts drop the first line, which has the comma.
    proof = prove(prompt_of(world, "rain"), "Sure, here it is:\nRain falls.")
    stored = proof.to_json()[0]
    assert (stored["strict"], stored["loose"]) == (False, True)
    assert not proof.holds()


def test_an_empty_answer_is_proved_by_nothing(world: World) -> None:
    assert not prove(prompt_of(world, "rain"), " \n").holds()


def test_a_prompt_without_constraints_proves_no_answer(world: World) -> None:
    prompt = Prompt.objects.create(dataset=world.dataset, key="free", position=99, text="Write about rain.")
    assert not prove(prompt, "Rain falls.").holds()


def test_a_constraint_that_no_checker_decides_needs_its_own_tick(world: World) -> None:
    prompt = prompt_of(world, "rain")
    Constraint.objects.create(prompt=prompt, position=1, kind=FRENCH_WITHOUT_ARGUMENT, kwargs={})
    proof = prove(prompt, "Rain falls.")
    assert proof.undecided == (1,)
    assert not proof.holds()
    assert not proof.holds(ticked=[0])
    assert proof.holds(ticked=[1])


def test_a_tick_never_outweighs_a_violation(world: World) -> None:
    proof = prove(prompt_of(world, "rain"), "Rain, rain.")
    assert not proof.holds(ticked=[0])


def test_a_constraint_about_the_reasoning_is_checked_on_the_reasoning(world: World) -> None:
    prompt = prompt_of(world, "rain")
    Constraint.objects.create(
        prompt=prompt, position=1, kind="change_case:english_lowercase", kwargs={}, scope=Constraint.Scope.REASONING
    )
    assert prove(prompt, "Rain falls.", "the rain falls softly on the roofs of our old town.").holds()
    assert prove(prompt, "Rain falls.", "The Rain falls softly on the roofs of our old town.").violated == (1,)
