"""How the tests of the families ask: one constraint, one text, and what the evidence selects."""

from typing import Any

from annotator.constraints import ConstraintSpec, Decision, Verdict, check


def decided(kind: str, kwargs: dict[str, Any], text: str) -> Decision:
    return check(ConstraintSpec(kind, kwargs), text)


def strict(kind: str, kwargs: dict[str, Any], text: str) -> Verdict:
    return decided(kind, kwargs, text).strict


def selected(text: str, verdict: Verdict) -> list[str]:
    """The texts that the evidence underlines."""
    return [text[start:end] for start, end in verdict.spans]
