"""Tests of the registry: built-in kinds, and a study's own kinds by entry point."""

from importlib import metadata

import pytest

from annotator.constraints import ConstraintSpec, UnknownKindError, check, kinds, title, validate
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


NOT_A_CHECKER = 1


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch):
    here = "tests.constraints.test_registry"
    points = [
        metadata.EntryPoint("study:no_exclamation", f"{here}:NoExclamation", registry_module.GROUP),
        metadata.EntryPoint("study:absent", "no.such.module:Checker", registry_module.GROUP),
        metadata.EntryPoint("study:odd", f"{here}:NOT_A_CHECKER", registry_module.GROUP),
        metadata.EntryPoint("punctuation:no_comma", f"{here}:NoExclamation", registry_module.GROUP),
    ]
    monkeypatch.setattr(registry_module.metadata, "entry_points", lambda group: points)
    registry_module._entry_points.cache_clear()
    registry_module._load.cache_clear()
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
        ("study:absent", "cannot be loaded: No module named 'no'"),
        ("study:odd", "must be a subclass of Checker whose kind is 'study:odd'"),
    ],
)
def test_a_broken_entry_point_disables_only_its_own_kind_and_is_named(kind, reason):
    with pytest.raises(EntryPointError, match=f"entry point '{kind}' .* {reason}"):
        check(ConstraintSpec(kind, {}), "text")
    assert check(ConstraintSpec("punctuation:no_comma", {}), "text").strict.obeyed is True


def test_a_built_in_kind_cannot_be_replaced():
    assert checker_class("punctuation:no_comma").__module__ == "annotator.constraints.punctuation"


def test_a_kind_that_nobody_registered_is_unknown():
    with pytest.raises(UnknownKindError, match="study:no_exclamation"):
        checker_class("study:nothing")
