"""Parameters of the strategies: canonical with every default, and refused in one sentence."""

from typing import Any

import pytest

from annotator.constraints import Message
from annotator.options import OptionsError
from annotator.strategies import STRATEGIES, strategy_spec, uses_checkers
from annotator.strategies.kind_router import KindRouter

FIG = {"prompt": "Name a fruit.", "answer": "A fig."}
REASONED = {**FIG, "reasoning": "Sweet."}


@pytest.mark.parametrize(
    ("strategy", "given_values", "expected"),
    [
        (
            "few_shot",
            {"exemplars": [FIG], "excluded": [7, "a"]},
            {
                "exemplars": [{**FIG, "reasoning": ""}],
                "as_turns": True,
                "reasoning": False,
                "set_hash": "",
                "excluded": ["7", "a"],
            },
        ),
        ("self_reflection", {}, {"first": "cot"}),
        ("restate", {"reasoning_tokens": 120}, {"reasoning_tokens": 120}),
        ("classifier_selective", {}, {"router": KindRouter().to_json()}),
        ("verified_revision", {"rounds": 1}, {"first": "cot", "rounds": 1, "tool": False}),
        (
            "pipeline",
            {"complex_kinds": [], "self_selective": {"threshold": 1}},
            {
                "complex_from": 3,
                "complex_kinds": [],
                "when_simple": "self_reflection",
                "when_complex": "self_selective",
                "self_reflection": {"first": "cot"},
                "self_selective": {"threshold": 1.0},
                "classifier_selective": {"router": KindRouter().to_json()},
            },
        ),
    ],
)
def test_parameters_are_stored_with_every_default(strategy: str, given_values: Any, expected: Any) -> None:
    spec = strategy_spec(strategy)
    canonical = spec.canonical_parameters(given_values)
    assert canonical == expected
    assert spec.canonical_parameters(canonical) == canonical


@pytest.mark.parametrize(
    ("strategy", "values", "sentence"),
    [
        ("few_shot", {}, "parameters of few_shot: exemplars: there is none; give at least one exemplar"),
        ("few_shot", {"exemplars": [FIG], "shots": 4}, "parameters of few_shot: unknown field 'shots'"),
        (
            "few_shot",
            {"exemplars": [REASONED, FIG], "reasoning": True},
            "parameters of few_shot: exemplar 2 has no reasoning to show; add it, or set reasoning to false",
        ),
        ("few_shot", {"exemplars": [FIG], "set_hash": "x" * 97}, "parameters of few_shot: set_hash is no hash"),
        (
            "self_reflection",
            {"first": "think"},
            "parameters of self_reflection: first: unknown value 'think'; choose one",
        ),
        (
            "restate",
            {"reasoning_tokens": -1},
            "parameters of restate: reasoning_tokens=-1: give a number from 0 to 65536",
        ),
        ("verified_revision", {"rounds": 0}, "parameters of verified_revision: rounds=0: give a number from 1 to 10"),
        ("verified_revision", {"rounds": True}, "rounds must be of type int, not True"),
        ("classifier_selective", {"router": {"kind": "forest"}}, "router: unknown kind 'forest'"),
        (
            "pipeline",
            {"when_simple": "base"},
            "when_simple: unknown value 'base'; choose one of self_reflection, self_s",
        ),
        (
            "pipeline",
            {"complex_kinds": ["x:y"]},
            "complex_kinds: unknown constraint kind 'x:y'; known kinds: change_case",
        ),
        (
            "pipeline",
            {"self_reflection": {"first": "think"}},
            "parameters of self_reflection: first: unknown value 'think'",
        ),
        ("pipeline", {"self_selective": {"x": 1}}, "parameters of pipeline: self_selective: unknown field 'x'"),
        ("classifier_selective", {"router": []}, "router must be of type JSON object, not"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(strategy: str, values: Any, sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence) as refused:
        strategy_spec(strategy).read_parameters(values)
    assert isinstance(refused.value.args[0], Message)  # pages word it in the reader’s language


OFF = "thinking switched off"


@pytest.mark.parametrize(
    ("strategy", "values", "needed"),
    [
        ("base", {}, (OFF,)),
        ("cot", {}, ()),
        ("thinking", {}, ()),
        ("cot_forced", {}, ("continued turns", OFF)),
        ("verified_revision", {}, (OFF,)),
        ("verified_revision", {"first": "cot_forced"}, ("continued turns", OFF, OFF)),
        ("verified_revision", {"tool": True}, ("tools",)),
        ("self_reflection", {}, ()),
        ("self_reflection", {"first": "cot_forced"}, ("continued turns", OFF)),
        ("pipeline", {}, (OFF,)),
        ("pipeline", {"self_reflection": {"first": "cot_forced"}}, ("continued turns", OFF)),
        ("pipeline", {"self_reflection": {"first": "cot_forced"}, "when_simple": "classifier_selective"}, (OFF,)),
    ],
)
def test_what_a_backend_must_offer_may_depend_on_a_parameter(strategy: str, values: Any, needed: Any) -> None:
    assert strategy_spec(strategy).needed(values) == needed


def test_only_verified_revision_uses_the_checkers_and_an_unknown_strategy_does_not() -> None:
    assert [name for name in STRATEGIES if uses_checkers(name)] == ["verified_revision"]
    assert not uses_checkers("made elsewhere")


def test_a_version_fits_its_column() -> None:
    from annotator.runs.models import Run

    longest = Run._meta.get_field("strategy_version").max_length
    assert all(len(spec.version) <= longest for spec in STRATEGIES.values())
