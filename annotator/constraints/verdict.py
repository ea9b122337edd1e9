"""Public values of this package: verdicts, decisions, constraint specifications and errors.

Owns their fields and their JSON form. Knows nothing of how a verdict is reached.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from reprlib import repr as short_repr
from typing import Any

from annotator.constraints.messages import Message, packed, unpacked

_LONGEST_KIND = 96  # characters

Span = tuple[int, int]
"""`[start, end)` character offsets into the original text."""

MAX_SPANS = 500
"""The most spans of a verdict: more help no reader and bloat the database; `observed` still has the full count."""


class ConstraintArgumentError(ValueError):
    """Raised for an argument that cannot be used; the message names the kind and the argument."""

    def __init__(self, kind: str, argument: str, problem: str) -> None:
        super().__init__(f"{kind}: argument {short_repr(argument)} {problem}")
        self.kind = kind
        self.argument = argument
        self.problem = problem


class UnknownKindError(ValueError):
    """Raised where no checker is registered for a kind; the message lists the known kinds.

    `brief` is the message without that list, for readers of many lines, who are told once how to add a kind.
    """

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        known = sorted(known)
        super().__init__(f"unknown constraint kind {kind!r}; known kinds: {', '.join(known)}")
        self.kind = kind
        near = get_close_matches(kind[:_LONGEST_KIND], known, n=1, cutoff=0.7)
        self.brief = f"unknown constraint kind {kind!r}" + (f"; did you mean {near[0]!r}?" if near else "")


@dataclass(frozen=True, slots=True)
class ConstraintSpec:
    """One constraint as the data states it, null padding included."""

    kind: str
    kwargs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of one checker on one text, and its evidence.

    `spans` show what was counted or what violates the constraint: sorted, non-empty, inside the original text, at most
    `MAX_SPANS`.
    """

    obeyed: bool | None  # None: the constraint cannot be verified; `note` has the reason
    observed: str  # what was counted or found: "312 words"
    required: str  # the requirement: "at least 400 words"
    spans: tuple[Span, ...] = ()
    note: str = ""  # one sentence for a violation, or an oddity of the official rule

    def as_json(self) -> dict[str, Any]:
        return {
            "obeyed": self.obeyed,
            "observed": str(self.observed),
            "required": str(self.required),
            "spans": [list(span) for span in self.spans],
            "note": str(self.note),
        }

    def as_stored(self) -> dict[str, Any]:
        """Return the JSON form and, under "words", the templates and values by which its messages are translated.

        A message without values is its own template and needs no entry.
        """
        texts = {name: getattr(self, name) for name in _TRANSLATED}
        words = {name: packed(text) for name, text in texts.items() if isinstance(text, Message) and text.values}
        return self.as_json() | ({"words": words} if words else {})


_TRANSLATED = ("note", "observed")


def stored_text(evidence: Mapping[str, Any], name: str) -> str:
    """Return the `note` or `observed` of a verdict in the form of `Verdict.as_stored`, as a translatable message.

    A form without "words", or with words that no message has, gives the plain text.
    """
    text = evidence.get(name)
    text = "" if text is None else str(text)
    words = evidence.get("words")
    pack = words.get(name) if isinstance(words, Mapping) else None
    try:
        return unpacked(text, pack) if pack else text
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class Decision:
    """The strict and the loose verdict on one constraint; the evidence of both refers to the original text."""

    kind: str
    strict: Verdict
    loose: Verdict
