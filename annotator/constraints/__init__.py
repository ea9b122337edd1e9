"""Constraint checkers in pure Python: text and constraint in, verdict and evidence out.

The names in `__all__` are the interface of this package; `Checker` for a study's own kinds is in `checker`. For several
constraints on one text call `check_all`, which analyses the text once.
"""

from annotator.constraints.completion_split import Split, split_completion
from annotator.constraints.decision import check, check_all, checker_of, strict_all, title, validate
from annotator.constraints.locate import locate
from annotator.constraints.messages import Message
from annotator.constraints.registry import kinds
from annotator.constraints.verdict import (
    ConstraintArgumentError,
    ConstraintSpec,
    Decision,
    Span,
    UnknownKindError,
    Verdict,
    stored_text,
)

CHECKER_VERSION = "ifeval-2"
"""Changes whenever a verdict can change; stored beside every verdict."""

__all__ = [
    "CHECKER_VERSION",
    "ConstraintArgumentError",
    "ConstraintSpec",
    "Decision",
    "Message",
    "Span",
    "Split",
    "UnknownKindError",
    "Verdict",
    "check",
    "check_all",
    "checker_of",
    "kinds",
    "locate",
    "split_completion",
    "stored_text",
    "strict_all",
    "title",
    "validate",
]
