"""Shorthands for tests of checkers: decide one constraint on one text, and cut out its evidence."""

from typing import Any

from annotator.constraints import ConstraintSpec, Decision, Verdict, check


def decided(kind: str, kwargs: dict[str, Any], text: str) -> Decision:
    return check(ConstraintSpec(kind, kwargs), text)


def strict(kind: str, kwargs: dict[str, Any], text: str) -> Verdict:
    return decided(kind, kwargs, text).strict


def selected(text: str, verdict: Verdict) -> list[str]:
    """Return the texts at the spans of the evidence."""
    return [text[start:end] for start, end in verdict.spans]
