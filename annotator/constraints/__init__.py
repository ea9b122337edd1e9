"""Constraint checkers in pure Python: text and constraint in, verdict and evidence out.

The public names of this package are listed below. `check_all` is the one to use for several constraints on
one text, which it analyses once.
"""

from annotator.constraints.completion_split import Split, split_completion
from annotator.constraints.decision import check, check_all, title, validate
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

CHECKER_VERSION = "ifeval-1"
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
    "kinds",
    "locate",
    "split_completion",
    "stored_text",
    "title",
    "validate",
]
