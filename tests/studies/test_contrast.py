"""Effects and outcomes, without a database."""

import pytest

from annotator.studies.contrast import effect, outcome


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (True, True, "both"),
        (False, False, "neither"),
        (False, True, "gained"),
        (True, False, "lost"),
        (None, True, "unverifiable"),
        (False, None, "unverifiable"),
        (None, None, "unverifiable"),
    ],
)
def test_an_effect_says_how_a_constraint_fares_in_the_second_generation(first, second, expected):
    assert effect(first, second) == expected


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([], "tie"),
        (["both", "neither"], "tie"),
        (["gained"], "helped"),
        (["lost", "both"], "hurt"),
        (["gained", "lost"], "tie"),
        (["gained", "lost", "gained"], "helped"),
        (["unverifiable", "lost"], "hurt"),
        (["unverifiable"], "tie"),
    ],
)
def test_an_outcome_compares_the_counts_of_satisfied_constraints(effects, expected):
    assert outcome(effects) == expected
