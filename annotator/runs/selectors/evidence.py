"""The evidence stored with a verdict: the one reader of that JSON, for screens, API and releases.

Owns the typed form. The stored form is written by `annotator.constraints` and, for judged verdicts, by `runs`. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator import constraints as checkers

Span = tuple[int, int]
"""`[start, end)` character offsets into the text of the verdict's scope."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one variant of a checker observed, what it required, a note, and where: `spans`, sorted and non-empty.

    `observed` and `note` may be `constraints.Said`, to be shown in the reader's language; as text they are English.
    """

    observed: str = ""
    required: str = ""
    note: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The findings behind a verdict's `strict` and `loose`. `judged_by` describes the judge model, {} for code."""

    strict: Finding = Finding()
    loose: Finding = Finding()
    judged_by: Mapping[str, Any] = field(default_factory=dict)


def read_evidence(stored: Mapping[str, Any]) -> Evidence:
    """The evidence of a verdict, from its `evidence` column. What an older version did not store stays empty."""
    return Evidence(
        strict=_finding(stored.get("strict") or {}),
        loose=_finding(stored.get("loose") or {}),
        judged_by=stored.get("judge_reply") or {},
    )


def _finding(stored: Mapping[str, Any]) -> Finding:
    return Finding(
        observed=checkers.stored_text(stored, "observed"),
        required=checkers.stored_text(stored, "required"),
        note=checkers.stored_text(stored, "note"),
        spans=tuple((start, end) for start, end in stored.get("spans", ())),
    )
