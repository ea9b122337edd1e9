"""The values that leave this room: verdicts, decisions, constraint specifications and refusals.

Owns their shape and their JSON form. Knows nothing of how a verdict is reached.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Span = tuple[int, int]
"""`[start, end)` character offsets into the original text."""

MAX_SPANS = 500
"""More evidence than this helps nobody and bloats the store; `observed` still has the full count."""


class ConstraintArgumentError(ValueError):
    """One sentence that names the kind and the argument at fault."""

    def __init__(self, kind: str, argument: str, problem: str) -> None:
        super().__init__(f"{kind}: argument {argument!r} {problem}")
        self.kind = kind
        self.argument = argument
        self.problem = problem


class UnknownKindError(ValueError):
    """No checker is registered under this kind; the sentence lists those that are."""

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown constraint kind {kind!r}; known kinds: {', '.join(sorted(known))}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class ConstraintSpec:
    """One requirement as the data states it: null padding and all."""

    kind: str
    kwargs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one checker decided on one text, and the evidence for it.

    `obeyed` is None where the constraint cannot be verified; `note` then holds the reason. `spans`
    show what was counted or what breaks the constraint: sorted, non-empty, inside the original text,
    at most `MAX_SPANS`.
    """

    obeyed: bool | None
    observed: str
    required: str
    spans: tuple[Span, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"spans": [list(span) for span in self.spans]}


@dataclass(frozen=True, slots=True)
class Decision:
    """The two official readings of one constraint; evidence of both refers to the original text."""

    kind: str
    strict: Verdict
    loose: Verdict
