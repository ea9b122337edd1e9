"""The values that leave this package: verdicts, decisions, constraint specifications and refusals.

Owns their shape and their JSON form. Knows nothing of how a verdict is reached.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.constraints.messages import Message, packed, unpacked

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
        return {
            "obeyed": self.obeyed,
            "observed": str(self.observed),
            "required": str(self.required),
            "spans": [list(span) for span in self.spans],
            "note": str(self.note),
        }

    def as_stored(self) -> dict[str, Any]:
        """The JSON form, and beside it what the shown texts were made of, to be said in the language of their reader.

        A text without values is its own template and needs nothing beside it.
        """
        made = {name: text for name in _SHOWN if isinstance(text := getattr(self, name), Message) and text.values}
        return self.as_json() | ({"words": {name: packed(text) for name, text in made.items()}} if made else {})


_SHOWN = ("note", "observed")


def stored_text(evidence: Mapping[str, Any], name: str) -> str:
    """The `note` or what was `observed` of a verdict in the form of `Verdict.as_stored`, or of one that is older."""
    text = evidence.get(name)
    text = "" if text is None else str(text)
    made = evidence.get("words", {}).get(name)
    return unpacked(text, made) if made else text


@dataclass(frozen=True, slots=True)
class Decision:
    """The two official readings of one constraint; evidence of both refers to the original text."""

    kind: str
    strict: Verdict
    loose: Verdict
