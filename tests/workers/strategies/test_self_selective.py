"""`self_selective`: the model's yes decides between `cot` and `base`, by its probability or by its word."""

import pytest

from annotator.options import OptionsError
from annotator.strategies import strategy_spec
from tests.workers.strategies.steps import completion, walk
from workers.engine import Sampling, Usage, load_backend
from workers.strategies import Decision, Item, Job, build_strategy, drive


def likely(yes):
    text = "Yes" if yes > 0.5 else "No"
    return completion(text, probabilities={"Yes": yes, "No": 1 - yes})


def test_the_model_is_asked_for_one_of_two_labels_before_it_answers():
    asks, _ = walk("self_selective", likely(0.2), "A fig.")
    choice = asks[0]
    assert (choice.step, choice.choices, choice.thinking.enabled) == ("choice", ("Yes", "No"), False)
    assert choice.messages[0].content.startswith("Name a fruit.\n\n")
    assert choice.sampling["temperature"] == 0.0


@pytest.mark.parametrize(
    ("yes", "threshold", "chose"), [(0.7, 0.5, "cot"), (0.3, 0.5, "base"), (0.3, 0.25, "cot"), (0.9, 0.95, "base")]
)
def test_it_reasons_from_the_threshold_on_and_keeps_the_probability(yes, threshold, chose):
    asks, outcome = walk(
        "self_selective", likely(yes), "THINK: sweet\nANSWER: fig", parameters={"threshold": threshold}
    )
    assert outcome.decision == Decision(chose, "the model", pytest.approx(yes), threshold)
    assert ("THINK:" in asks[1].messages[0].content) == (chose == "cot")
    assert outcome.answer == ("fig" if chose == "cot" else "THINK: sweet\nANSWER: fig")


@pytest.mark.parametrize(
    ("word", "chose", "unreadable"),
    [
        ("Yes", "cot", False),
        ("**YES.**", "cot", False),
        ("<think>hm</think>no", "base", False),
        ("Yes, since it helps", "base", True),
        ("Not sure", "base", True),
        ("", "base", True),
    ],
)
def test_without_probabilities_its_word_is_read_strictly_and_an_unreadable_one_is_said(word, chose, unreadable):
    _, outcome = walk("self_selective", word, "A fig.")
    assert (outcome.decision.chose, outcome.decision.probability, outcome.decision.threshold) == (chose, None, None)
    assert outcome.decision.note == (
        "The reply is neither yes nor no, so the model was asked without reasoning." * unreadable
    )


def test_the_choice_is_neither_reasoning_nor_answer():
    _, outcome = walk("self_selective", likely(0.2), "A ripe fig.")
    assert outcome.usage == Usage(5, 3)


def test_the_prompt_stays_as_it_is():
    prompt = "Use {prompt} and {threshold} as they are. \ud800"
    asks, _ = walk("self_selective", likely(0.9), "ANSWER: A fig.", prompt=prompt)
    assert all(prompt in ask.messages[0].content for ask in asks)


def test_a_threshold_is_a_probability_and_has_one_canonical_form():
    with pytest.raises(OptionsError, match=r"self_selective: threshold=2: give a number from 0.0 to 1.0"):
        build_strategy("self_selective", {"threshold": 2})
    spec = strategy_spec("self_selective")
    assert repr(spec.canonical_parameters({"threshold": 1})) == repr(spec.canonical_parameters({"threshold": 1.0}))


def test_the_scripted_backend_chooses_by_probability_and_without_one_by_word():
    chosen = {}
    for lacks in ([], ["probabilities"]):
        backend = load_backend("scripted", "any", "", {"lacks": lacks})
        jobs = [Job(str(n), Item(f"Topic {n}"), build_strategy("self_selective", {}), Sampling()) for n in range(12)]
        decisions = {result.job_id: result.outcome.decision for result in drive(backend, jobs)}
        assert {decision.note for decision in decisions.values()} == {""}
        assert {decision.probability is None for decision in decisions.values()} == {bool(lacks)}
        chosen[bool(lacks)] = {name: decision.chose for name, decision in decisions.items()}
    assert chosen[True] == chosen[False]
    assert set(chosen[True].values()) == {"base", "cot"}
