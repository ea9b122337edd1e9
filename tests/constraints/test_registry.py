"""Tests of the registry: built-in kinds, and a study's own kinds by entry point."""

import json
import re
from importlib import metadata
from typing import ClassVar

import pytest

from annotator.constraints import (
    ConstraintSpec,
    UnknownKindError,
    check,
    check_all,
    kinds,
    strict_all,
    title,
    validate,
)
from annotator.constraints import registry as registry_module
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.registry import EntryPointError, checker_class
from annotator.constraints.text_variants import TextVariant
from tests.constraints.specs import COMPLETE


class NoExclamation(Checker):
    kind = "study:no_exclamation"
    label = "No exclamation marks"

    @property
    def required(self) -> str:
        return "no exclamation marks"

    @property
    def title(self) -> str:
        return "No exclamation marks"

    def obeys(self, variant: TextVariant) -> bool:
        return "!" not in variant.text

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        spans = [(i, i + 1) for i, character in enumerate(variant.text) if character == "!"]
        return Explanation(f"{len(spans)} marks", spans, "" if obeyed else "exclamation marks are used")


class Failing(NoExclamation):
    """Fails in one part, or returns what a test says."""

    kind = "study:failing"
    part, error = "", ValueError("no\x00such")
    returned: ClassVar = True
    spans: ClassVar = ()
    explanation: ClassVar = ...

    @classmethod
    def _reach(cls, part):
        if cls.part == part:
            raise cls.error

    @classmethod
    def arguments(cls, kwargs):
        cls._reach("arguments")
        return super().arguments(kwargs)

    @classmethod
    def missing(cls, values):
        cls._reach("missing")
        return super().missing(values)

    def __init__(self, kwargs):
        self._reach("init")

    @property
    def required(self):
        self._reach("required")
        return "nothing"

    @property
    def title(self):
        self._reach("title")
        return "Fails"

    def obeys(self, variant):
        self._reach("obeys")
        return self.returned if not self.part else super().obeys(variant)

    def explain(self, variant, obeyed, prompt):
        self._reach("explain")
        return Explanation("seen", self.spans) if self.explanation is ... else self.explanation


NOT_A_CHECKER = 1
IMPORTS: list[str] = []


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch):
    here = "tests.constraints.test_registry"
    points = [
        metadata.EntryPoint("study:no_exclamation", f"{here}:NoExclamation", registry_module.GROUP),
        metadata.EntryPoint("study:absent", "no.such.module:Checker", registry_module.GROUP),
        metadata.EntryPoint("study:failing", f"{here}:Failing", registry_module.GROUP),
        metadata.EntryPoint("study:raising", "tests.constraints.raising_kind:Raising", registry_module.GROUP),
        metadata.EntryPoint("study:exiting", "tests.constraints.exiting_kind:Exiting", registry_module.GROUP),
        metadata.EntryPoint("study:odd", f"{here}:NOT_A_CHECKER", registry_module.GROUP),
        metadata.EntryPoint("punctuation:no_comma", f"{here}:NoExclamation", registry_module.GROUP),
    ]
    monkeypatch.setattr(registry_module.metadata, "entry_points", lambda group: points)
    registry_module._entry_points.cache_clear()
    registry_module._load.cache_clear()
    IMPORTS.clear()
    yield
    registry_module._entry_points.cache_clear()
    registry_module._load.cache_clear()


def test_the_25_official_kinds_are_built_in():
    assert set(COMPLETE) <= set(kinds())
    assert len(COMPLETE) == 25


def test_an_installed_package_adds_a_kind_that_works_like_any_other():
    spec = ConstraintSpec("study:no_exclamation", {})
    assert "study:no_exclamation" in kinds()
    assert validate(spec.kind, {"keywords": None}) == {}
    assert title(spec.kind, {}) == "No exclamation marks"
    decision = check(spec, "Hello\nwow!")
    assert (decision.strict.obeyed, decision.loose.obeyed) == (False, True)
    assert decision.strict.spans == ((9, 10),)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("study:absent", "cannot be loaded: ModuleNotFoundError: No module named 'no'"),
        ("study:raising", "cannot be loaded: ZeroDivisionError: the study divides by 0"),
        ("study:exiting", "cannot be loaded: SystemExit: 1"),
        ("study:odd", "must be a subclass of Checker whose kind is 'study:odd'"),
    ],
)
def test_a_broken_entry_point_disables_only_its_own_kind_and_is_named(kind, reason):
    with pytest.raises(EntryPointError, match=f"entry point '{kind}' .* {reason}"):
        validate(kind, {})
    broken, other = check_all([ConstraintSpec(kind, {}), ConstraintSpec("punctuation:no_comma", {})], "text")
    assert (broken.strict.obeyed, broken.loose.obeyed) == (None, None)
    assert re.search(reason, broken.strict.note)
    assert title(kind, {}) == f"{kind} (cannot be verified)"
    assert other.strict.obeyed is True


@pytest.mark.parametrize("part", ["arguments", "init", "missing", "obeys", "required", "title", "explain"])
@pytest.mark.parametrize(
    "error", [ValueError("no\x00such"), KeyError("x"), SystemExit(3), RecursionError(), MemoryError()]
)
def test_a_kind_that_fails_in_use_costs_only_its_own_verdict(part, error, monkeypatch):
    monkeypatch.setattr(Failing, "part", part)
    monkeypatch.setattr(Failing, "error", error)
    failing, other = check_all([ConstraintSpec("study:failing", {}), ConstraintSpec("punctuation:no_comma", {})], "a!")
    assert other.strict.obeyed is True
    decided = part in ("required", "title", "explain")
    assert failing.strict.obeyed is (False if decided else None)
    if part not in ("required", "title"):
        assert f"the checker of study:failing failed: {type(error).__name__}" in failing.strict.note
        assert "\x00" not in failing.strict.note
    assert isinstance(title("study:failing", {}), str)
    json.dumps(failing.strict.as_stored())


@pytest.mark.parametrize("part", ["arguments", "init", "missing"])
def test_an_import_refuses_what_a_failing_kind_cannot_check(part, monkeypatch):
    monkeypatch.setattr(Failing, "part", part)
    with pytest.raises(UnknownKindError, match="the checker of study:failing failed: ValueError: no"):
        validate("study:failing", {})


@pytest.mark.parametrize("returned", [None, "yes", 2, [], object()])
def test_a_decision_is_true_or_false(returned, monkeypatch):
    monkeypatch.setattr(Failing, "returned", returned)
    verdict = check(ConstraintSpec("study:failing", {}), "text").strict
    assert verdict.obeyed is None
    assert "neither true nor false" in verdict.note


@pytest.mark.parametrize(
    "span", [(-1, 2), (0, 99), (3, 1), (0,), (0, 1, 2), "ab", None, ("0", "1"), (0.5, 1), (None, None), 7]
)
def test_a_span_outside_the_text_is_left_out_and_said(span, monkeypatch):
    monkeypatch.setattr(Failing, "spans", [(0, 1), span, (1, 2)])
    verdict = check(ConstraintSpec("study:failing", {}), "text").strict
    assert (verdict.obeyed, verdict.spans) == (True, ((0, 1), (1, 2)))
    assert "1 span of the checker is no place in the text and is left out" in verdict.note


@pytest.mark.parametrize("explanation", [None, "words", 5])
def test_an_explanation_that_is_none_leaves_the_verdict(explanation, monkeypatch):
    monkeypatch.setattr(Failing, "explanation", explanation)
    verdict = check(ConstraintSpec("study:failing", {}), "text").strict
    assert (verdict.obeyed, verdict.observed) == (True, "no evidence")
    assert "no Explanation" in verdict.note


def test_texts_of_a_kind_can_be_stored(monkeypatch):
    monkeypatch.setattr(Failing, "explanation", Explanation(5, [], "a\x00b\ud800"))
    verdict = check(ConstraintSpec("study:failing", {}), "text").strict
    assert (verdict.observed, verdict.note) == ("5", "a\ufffdb\ufffd")


def test_a_constraint_whose_kind_is_no_longer_installed_cannot_be_verified():
    gone, other = check_all([ConstraintSpec("study:gone", {}), ConstraintSpec("punctuation:no_comma", {})], "text")
    assert (gone.strict.obeyed, gone.strict.note) == (None, "no checker is installed for study:gone")
    assert other.strict.obeyed is True
    assert title("study:gone", {}) == "study:gone (cannot be verified)"
    assert strict_all([ConstraintSpec("study:gone", {})], "text") == [None]


def test_a_module_that_fails_is_imported_once():
    for _ in range(3):
        check(ConstraintSpec("study:raising", {}), "text")
    assert IMPORTS == ["raising_kind"]


def test_a_built_in_kind_cannot_be_replaced():
    assert checker_class("punctuation:no_comma").__module__ == "annotator.constraints.punctuation"


def test_a_kind_that_nobody_registered_is_unknown():
    with pytest.raises(UnknownKindError, match="study:no_exclamation"):
        checker_class("study:nothing")
