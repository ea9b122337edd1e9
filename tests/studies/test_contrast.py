"""Effects and outcomes, without a database."""

import pytest

from annotator.studies.contrast import contradicts_effects, effect, outcome


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


@pytest.mark.parametrize(
    ("label", "effects", "contradicts"),
    [
        ("helped", ["no_difference", None], True),
        ("helped", ["hurt", "hurt"], True),
        ("helped", ["hurt", "helped"], False),
        ("hurt", ["helped", "cant_tell"], True),
        ("no_difference", ["helped"], True),
        ("no_difference", ["helped", "hurt"], False),
        ("no_difference", ["helped", "no_difference"], False),
        ("cant_tell", ["helped"], False),
        ("helped", ["", None, "cant_tell"], False),
        ("helped", [], False),
    ],
)
def test_a_label_contradicts_effects_where_none_of_those_judged_supports_it(label, effects, contradicts):
    assert contradicts_effects(label, effects) is contradicts
