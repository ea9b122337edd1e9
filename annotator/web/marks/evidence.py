"""Marks of constraints on a case's texts: in the prompt, in both answers, in the reasoning."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from annotator import constraints as checkers
from annotator.datasets.models import Constraint
from annotator.web.marks.segments import Mark

Tone = Literal["obeyed", "violated", "unverifiable"]
Span = tuple[int, int]

# Constraint arguments whose words a reasoning repeats when it considers the constraint.
_WORD_ARGUMENTS = ("keywords", "forbidden_words", "keyword", "end_phrase", "first_word", "postscript_marker")
_MIN_CHARACTERS = 3
_MAX_MENTIONS = 200


class LocatedConstraint(Protocol):
    """The parts of a constraint that its mentions are found by."""

    @property
    def number(self) -> int: ...

    @property
    def kind(self) -> str: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...

    @property
    def span(self) -> Span | None: ...


class LocatedVerdict(Protocol):
    """The parts of a verdict that marks need."""

    @property
    def obeyed(self) -> bool | None: ...

    @property
    def spans(self) -> Iterable[Span]: ...


def tone(obeyed: bool | None) -> Tone:
    """The CSS class of a verdict."""
    if obeyed is None:
        return "unverifiable"
    return "obeyed" if obeyed else "violated"


def constraint_span(constraint: Constraint) -> Span | None:
    """`[start, end)` of the prompt that states the constraint, None if unknown."""
    if constraint.span_start is None or constraint.span_end is None:
        return None
    return constraint.span_start, constraint.span_end


def prompt_marks(spans: Iterable[tuple[int, Span | None]]) -> Iterator[Mark]:
    """Marks of `(constraint number, span of the prompt that states it)`."""
    for number, span in spans:
        if span:
            yield Mark(*span, number)


def answer_marks(verdicts: Iterable[tuple[int, LocatedVerdict]]) -> Iterator[Mark]:
    """Marks of `(constraint number, its verdict on this text)`: the verdict's evidence."""
    for number, verdict in verdicts:
        for start, end in verdict.spans:
            yield Mark(start, end, number, tone(verdict.obeyed))


def mention_marks(reasoning: str, prompt: str, constraints: Iterable[LocatedConstraint]) -> Sequence[Mark]:
    """Marks where the reasoning repeats the phrase or the words of a constraint, or states it in other words."""
    if not reasoning:
        return []
    return [
        Mark(start, end, constraint.number)
        for constraint in constraints
        for start, end in _mentions(reasoning, prompt, constraint)
    ]


def _mentions(reasoning: str, prompt: str, constraint: LocatedConstraint) -> list[Span]:
    phrases = [value for name in _WORD_ARGUMENTS for value in _words(constraint.kwargs.get(name))]
    if constraint.span:
        phrases.append(prompt[slice(*constraint.span)])
    spans: set[Span] = set()
    for words in {phrase.strip() for phrase in phrases if len(phrase.strip()) >= _MIN_CHARACTERS}:
        pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        spans.update(match.span() for match, _ in zip(pattern.finditer(reasoning), range(_MAX_MENTIONS), strict=False))
    if spans:
        return _merged(spans)
    stated = checkers.locate(reasoning, checkers.ConstraintSpec(constraint.kind, dict(constraint.kwargs)))
    return [stated] if stated else []


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, overlapping ones merged."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _words(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [word for word in values if isinstance(word, str)]
