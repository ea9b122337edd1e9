"""Tests of the accuracies: prompt and instruction level, kinds, and unverifiable constraints."""

import pytest

from annotator.datasets.accuracies import Accuracies, Share

COMMA, TITLE = "punctuation:no_comma", "detectable_format:title"


@pytest.mark.parametrize(
    ("verdicts", "shown"),
    [
        ([True, True, False], "2/3  66.67 %"),
        ([True], "1/1 100.00 %"),
        ([False, None], "0/1   0.00 %"),
        ([None], "nothing decided"),
        ([], "nothing decided"),
    ],
)
def test_a_share_counts_the_decided_only(verdicts: list[bool | None], shown: str) -> None:
    share = Share()
    for verdict in verdicts:
        share.add(verdict)
    assert str(share) == shown


@pytest.mark.parametrize(
    ("obeyed", "obeying", "decided", "unverifiable"),
    [
        ([True, True], 1, 1, 0),
        ([True, False], 0, 1, 0),
        ([None, False], 0, 1, 0),
        ([None, True], 0, 0, 1),
    ],
)
def test_a_violation_decides_a_prompt_and_else_the_unverifiable_leaves_it_open(
    obeyed: list[bool | None], obeying: int, decided: int, unverifiable: int
) -> None:
    accuracies = Accuracies()
    accuracies.add([COMMA, TITLE], obeyed, obeyed)
    assert accuracies.strict.prompts == Share(obeying, decided, unverifiable)


def test_the_table_holds_the_four_accuracies_and_every_kind() -> None:
    accuracies = Accuracies()
    accuracies.add([COMMA, TITLE], [True, False], [True, True])
    accuracies.add([COMMA], [True], [True])
    assert accuracies.table().splitlines() == [
        "                               strict         loose",
        "prompt level             1/2  50.00 %  2/2 100.00 %",
        "instruction level        2/3  66.67 %  3/3 100.00 %",
        "",
        "detectable_format:title  0/1   0.00 %  1/1 100.00 %",
        "punctuation:no_comma     2/2 100.00 %  2/2 100.00 %",
    ]


def test_the_table_counts_what_could_not_be_verified_apart() -> None:
    accuracies = Accuracies()
    accuracies.add([COMMA, TITLE], [True, None], [True, None])
    table = accuracies.table()
    assert "unverifiable prompts" in table
    assert "unverifiable constraints" in table
    assert "detectable_format:title   nothing decided  nothing decided" in table
