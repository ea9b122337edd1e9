"""Tests that docs/constraints.md is true: every kind with its arguments, the figures, and the example."""

import re

import pytest

from annotator.constraints.checker import Checker
from annotator.constraints.registry import checker_class
from annotator.constraints.safe_regex import LONGEST_PATTERN, SECONDS
from annotator.constraints.text_variants import Analysis
from annotator.constraints.verdict import MAX_SPANS
from tests.constraints.specs import COMPLETE
from tests.constraints.test_parity import MUTATED_PAIRS, REAL_PAIRS
from tests.paths import REPOSITORY

TEXT = (REPOSITORY / "docs/constraints.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))


def test_the_list_of_kinds_is_true():
    assert sorted(SECTIONS) == sorted(COMPLETE)


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_a_kind_is_documented_with_its_arguments(kind):
    names = [parameter.name for parameter in checker_class(kind).parameters]
    assert all(f"`{name}`" in SECTIONS[kind] for name in names)
    assert ("No arguments." in SECTIONS[kind]) == (not names)
    assert "Evidence" in SECTIONS[kind] or "The same for" in SECTIONS[kind]


def test_the_figures_are_those_of_the_code_and_the_tests():
    flat = " ".join(TEXT.split())
    assert f"{sum(REAL_PAIRS.values()):,} pairs of real responses" in flat
    assert f"{MUTATED_PAIRS:,} mutations" in flat
    assert f"at most {MAX_SPANS}" in flat
    assert f"longer than {LONGEST_PATTERN:,} characters" in flat
    assert SECONDS == 0.25
    assert "a quarter of a second" in flat


def test_the_example_of_a_kind_of_ones_own_works():
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, type[Checker]] = {}
    exec(code, names)  # noqa: S102 - the example of our own documentation
    checker = names["NoExclamation"]({})
    variant = Analysis("Oh! No!").original
    assert checker.obeys(variant) is False
    assert list(checker.explain(variant, False, "").spans) == [(2, 3), (6, 7)]
