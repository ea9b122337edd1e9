"""Marks of constraints on a case's texts: in the prompt, in both answers, in the reasoning."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from annotator import constraints as checkers
from annotator.datasets.models import Constraint
from annotator.web.marks.segments import Mark

Tone = Literal["obeyed", "violated", "unverifiable"]
Span = tuple[int, int]


# The arguments that hold words of the prompt, which a reasoning repeats when it thinks of the constraint.
_WORDED = ("keywords", "forbidden_words", "keyword", "end_phrase", "first_word", "postscript_marker")
_SHORTEST = 3
_MOST_MENTIONS = 200


class Stated(Protocol):
    """A constraint as far as a mention of it can be told."""

    @property
    def number(self) -> int: ...

    @property
    def kind(self) -> str: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...

    @property
    def span(self) -> Span | None: ...


class Judged(Protocol):
    """A verdict as far as marks need it."""

    @property
    def obeyed(self) -> bool | None: ...

    @property
    def spans(self) -> Iterable[Span]: ...


def tone(obeyed: bool | None) -> Tone:
    """The word for a verdict, which is also its class on the screen."""
    if obeyed is None:
        return "unverifiable"
    return "obeyed" if obeyed else "violated"


def constraint_span(constraint: Constraint) -> Span | None:
    """Where the prompt states the constraint, where that is known."""
    if constraint.span_start is None or constraint.span_end is None:
        return None
    return constraint.span_start, constraint.span_end


def prompt_marks(spans: Iterable[tuple[int, Span | None]]) -> Iterator[Mark]:
    """Marks for `(constraint number, where the prompt states it)`."""
    for number, span in spans:
        if span:
            yield Mark(*span, number)


def answer_marks(verdicts: Iterable[tuple[int, Judged]]) -> Iterator[Mark]:
    """Marks for `(constraint number, its verdict on this answer)`."""
    for number, verdict in verdicts:
        for start, end in verdict.spans:
            yield Mark(start, end, number, tone(verdict.obeyed))


def mention_marks(reasoning: str, prompt: str, constraints: Iterable[Stated]) -> Sequence[Mark]:
    """Where the reasoning repeats the phrase or the words of a constraint, or states it in words of its own."""
    if not reasoning:
        return []
    return [
        Mark(start, end, constraint.number)
        for constraint in constraints
        for start, end in _mentions(reasoning, prompt, constraint)
    ]


def _mentions(reasoning: str, prompt: str, constraint: Stated) -> list[Span]:
    localized = [value for name in _WORDED for value in _words(constraint.kwargs.get(name))]
    if constraint.span:
        localized.append(prompt[slice(*constraint.span)])
    found: set[Span] = set()
    for words in {each.strip() for each in localized if len(each.strip()) >= _SHORTEST}:
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        found.update(match.span() for match, _ in zip(pattern.finditer(reasoning), range(_MOST_MENTIONS), strict=False))
    if found:
        return _joined(found)
    stated = checkers.locate(reasoning, checkers.ConstraintSpec(constraint.kind, dict(constraint.kwargs)))
    return [stated] if stated else []


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _words(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
