"""Evidence of verdicts: typed values, and the only reader of the stored JSON.

`annotator.constraints` writes that JSON and, for judged verdicts, `runs.services.judge_replies`. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator import constraints as checkers

Span = tuple[int, int]
"""`[start, end)` character offsets into the text of the verdict's scope."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One variant of a checker: what it observed, what it required, a note, and its sorted, non-empty `spans`.

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
    """Read the evidence of a verdict from its `evidence` column. Fields that older versions did not store are empty."""
    return Evidence(
        strict=_finding(stored.get("strict") or {}),
        loose=_finding(stored.get("loose") or {}),
        judged_by=stored.get("judge_reply") or {},
    )


def strict_note(stored: Mapping[str, Any]) -> str:
    """Return the note of the strict verdict in English, without reading the rest of the evidence."""
    note = (stored.get("strict") or {}).get("note")
    return "" if note is None else str(note)


def _finding(stored: Mapping[str, Any]) -> Finding:
    return Finding(
        observed=checkers.stored_text(stored, "observed"),
        required=checkers.stored_text(stored, "required"),
        note=checkers.stored_text(stored, "note"),
        spans=tuple((start, end) for start, end in stored.get("spans", ())),
    )
