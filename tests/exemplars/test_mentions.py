"""Mentions: which constraints a reasoning does not speak of."""

import json

import pytest

from annotator.constraints import ConstraintSpec, kinds
from annotator.exemplars.mentions import unmentioned
from tests.constraints.specs import COMPLETE
from tests.exemplars.labelled_reasonings import DEVELOPMENT, HELD_OUT, NO_COMMA, QUOTED, Labelled, ends, includes, words
from tests.paths import REPOSITORY

REASONING = "Two constraints: fewer than 40 words, so three short sentences are enough; and no commas."


def counted(table: list[Labelled]) -> tuple[int, int, int]:
    """Return how many constraints are flagged rightly, flagged though mentioned, and missed."""
    right = alarms = missed = 0
    for reasoning, labels in table:
        flagged = unmentioned([spec for spec, _ in labels], reasoning)
        for place, (_, mentioned) in enumerate(labels):
            right += place in flagged and not mentioned
            alarms += place in flagged and mentioned
            missed += place not in flagged and not mentioned
    return right, alarms, missed


def test_constraints_that_the_reasoning_does_not_name_are_listed_by_position() -> None:
    assert unmentioned([words(40, "less than"), QUOTED, NO_COMMA], REASONING) == (1,)


@pytest.mark.parametrize("reasoning", ["", " \n"])
def test_a_blank_reasoning_speaks_of_nothing(reasoning: str) -> None:
    assert unmentioned([NO_COMMA, QUOTED], reasoning) == (0, 1)


def test_the_labelled_reasonings_of_development_are_all_told_right() -> None:
    assert counted(DEVELOPMENT)[1:] == (0, 0)


def test_the_exemplars_that_come_along_name_every_constraint() -> None:
    for line in (REPOSITORY / "fixtures" / "exemplars.jsonl").read_text().splitlines():
        row = json.loads(line)
        specs = list(map(ConstraintSpec, row["instruction_id_list"], row["kwargs"]))
        assert unmentioned(specs, row["reasoning"]) == (), row["reasoning"]


def test_of_the_held_out_reasonings_no_mention_is_overlooked() -> None:
    right, alarms, missed = counted(HELD_OUT)
    assert (right + missed, alarms, missed) == (34, 0, 2)  # docs/edits.md has these figures


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_is_read_whatever_its_arguments(kind: str) -> None:
    for kwargs in ({}, COMPLETE.get(kind, {}), dict.fromkeys(COMPLETE.get(kind, {}))):
        assert unmentioned([ConstraintSpec(kind, kwargs)], "The weather is fine. " * 20) in ((), (0,))


def test_arguments_are_texts_and_no_patterns() -> None:
    tilde, brackets = includes("~(a"), ends("[the end] ~ for now *")
    assert unmentioned([tilde, brackets], "I write ~(a and close with: [the end] ~ for now *") == ()
    assert unmentioned([tilde, brackets], "I write about rain.") == (0, 1)


def test_a_kind_of_a_study_is_recognised_by_its_words() -> None:
    rhyme = ConstraintSpec("study:rhyming_couplets", {})
    assert unmentioned([rhyme], "I use rhyming couplets.") == ()
    assert unmentioned([rhyme], "I write about rain.") == (0,)


@pytest.mark.parametrize(
    "text", ["\u202e" + "x" * 90_000, "words " * 15_000, "(" * 30_000, "*a" * 20_000, "\ufffd, " * 9_000]
)
def test_hostile_reasonings_neither_raise_nor_take_long(text: str) -> None:
    unmentioned([ConstraintSpec(kind, kwargs) for kind, kwargs in COMPLETE.items()], text)
