"""Leakage: prompts that a set shows with their answers, as they are or reworded, are found and named."""

import json
import logging
import socket
from importlib import metadata
from typing import Any

import pytest

from annotator.embeddings import wheels, wordllama
from annotator.exemplars.leakage import Leak, leaks, near_duplicates, shingles
from benchmarks.leakage import PAIRS, random_pairs, rewordings
from tests.paths import SHARED_DATA, needs_shared_data

ROSE = "Write a very short poem about the beauty of a rose. Do not include the keywords beauty and pretty."
GARDEN = (
    "I want to start a garden for veggies and flowers in my small backyard. Can you give me some advice on how to "
    "water my plants? Have at least 3 italic text sections, such as: *italic text 1*, *italic text 2*, etc."
)
TRIP = "Plan a 2 week Europe trip and visit London, Paris, and Rome. Answer in all caps."


def found(exemplar: str, prompt: str) -> Leak | None:
    return next(iter(leaks([TRIP, exemplar], [("it", prompt)])), None)


@pytest.mark.parametrize(
    ("prompt", "rule"),
    [
        (ROSE, "exact"),
        (f"  {ROSE.upper()}\n", "exact"),
        (ROSE.replace("of a rose", "of a\u00a0rose"), "exact"),
        (ROSE.replace(" ", "\u00ad \u200b"), "exact"),
        (f"{ROSE} Thank you.", "shingles"),
        ("Write a brief poem about how lovely a rose is, without the keywords beauty and pretty.", "embedding"),
    ],
)
def test_the_same_prompt_is_found_whether_copied_extended_or_reworded(prompt: str, rule: str) -> None:
    leak = found(ROSE, prompt)
    assert leak is not None
    assert (leak.key, leak.exemplar, leak.rule) == ("it", 2, rule)
    assert 0.6 <= leak.similarity <= 1


def test_prompts_on_other_things_with_the_same_constraint_are_not_found() -> None:
    assert found(ROSE, "Write a short story about a train. Do not include the keywords rail and steam.") is None
    assert found(ROSE, GARDEN) is None


def test_each_prompt_is_named_once_beside_its_nearest_exemplar_in_the_order_of_the_dataset() -> None:
    prompts = [("trip", TRIP), ("none", "Name a fruit."), ("rose", ROSE)]
    assert [(leak.key, leak.exemplar) for leak in leaks([ROSE, GARDEN, TRIP], prompts)] == [("trip", 3), ("rose", 1)]


def test_nothing_leaks_from_no_exemplar_and_from_texts_without_words() -> None:
    assert leaks([], [("rose", ROSE)]) == []
    assert leaks(["?!"], [("rose", ROSE), ("blank", " ")]) == []


def test_near_duplicates_within_a_list_are_paired() -> None:
    pairs = list(near_duplicates([ROSE, TRIP, f"{ROSE} Thank you."]))
    assert [(first, second, rule) for first, second, rule, _ in pairs] == [(0, 2, "shingles")]
    assert list(near_duplicates([ROSE])) == []


def test_a_text_shorter_than_a_shingle_is_one() -> None:
    assert shingles("name a fruit") == {"name a fruit"}
    assert shingles("one two three four five six") == {"one two three four five", "two three four five six"}


def test_embeddings_come_from_the_wheel_without_network_or_new_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    wordllama._load.cache_clear()
    handlers = list(logging.getLogger().handlers)
    vectors = wordllama.embed([ROSE, ""])
    assert vectors.shape == (2, 256)
    assert float(vectors[0] @ vectors[0]) == pytest.approx(1, abs=1e-5)
    assert not vectors[1].any()
    assert logging.getLogger().handlers == handlers


def test_missing_token_vectors_are_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(wheels.metadata, "distribution", missing)
    wordllama._load.cache_clear()
    with pytest.raises(wheels.EmbeddingsMissingError, match="run `make setup`"):
        wordllama.embed([ROSE])


def ifeval() -> dict[str, str]:
    path = SHARED_DATA / "ifeval" / "input_data.jsonl"
    return {str(record["key"]): record["prompt"] for record in map(json.loads, path.read_text().splitlines())}


@needs_shared_data
def test_light_rewordings_of_ifeval_are_found() -> None:
    prompts = ifeval()
    missed = [row for row in rewordings() if not leaks([row["text"]], [(row["key"], prompts[row["key"]])])]
    assert [(row["key"], row["by"]) for row in missed] == [("1019", "names and numbers")]


@needs_shared_data
def test_a_thousand_unrelated_pairs_of_ifeval_raise_no_alarm() -> None:
    texts = list(ifeval().values())
    pairs = random_pairs(len(texts))
    assert len(pairs) == PAIRS
    drawn = {index for pair in pairs for index in pair}
    alarms = {frozenset(pair[:2]) for pair in near_duplicates([texts[index] for index in sorted(drawn)])}
    places = {index: place for place, index in enumerate(sorted(drawn))}
    assert not [pair for pair in pairs if frozenset(places[index] for index in pair) in alarms]
