"""Splits a completion into reasoning and answer and reports a split status.

Owns the rules and their five statuses; knows nothing of models or of constraints. The rules:

- A mark needs text after it to count. Of repeated marks the last such one splits the completion (`repeated_marker`):
  the prompt asks for a final answer, and a model that drafts and answers again, or runs on after its answer, gives its
  final answer last. The text before it stays visible as reasoning. A `THINK:` after an answer ends that answer.
- No mark and the model was cut off (`truncated`): all of it is reasoning, the answer is empty.
- No mark though the model stopped by itself (`missing_marker`): the whole completion is the answer, so that nothing is
  silently lost. An unclosed `<think>` is the exception: the model has marked the text after it as reasoning, so the
  answer is empty.
- A mark with nothing after it, or a blank completion (`empty`). Everything else is `clean`.

Reasoning and answer are stripped of white space; a completion that is not split stays as it is.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annotator.constraints.verdict import Span

CLEAN, MISSING, REPEATED, TRUNCATED, EMPTY = "clean", "missing_marker", "repeated_marker", "truncated", "empty"

_MARK = r"^[^\S\n]*(?:#{{1,6}}[^\S\n]+)?(?:\*\*|__)?{word}(?:\*\*|__)?:(?:\*\*|__)?"
_THINK = re.compile(_MARK.format(word="THINK"), re.MULTILINE)
_ANSWER = re.compile(_MARK.format(word="ANSWER"), re.MULTILINE)
_OPEN_TAG = re.compile(r"\s*<think>")
_CLOSE_TAG = re.compile("</think>")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Split:
    """Reasoning and answer, with their offsets in the completion."""

    reasoning: str
    answer: str
    reasoning_span: Span | None  # None where there is no reasoning
    answer_span: Span
    status: str  # CLEAN, MISSING, REPEATED, TRUNCATED or EMPTY


def split_completion(text: str, how: str, *, thought_prefix: str | None = None, truncated: bool = False) -> Split:
    """Split `text` in the way `how`: "none", "markers", "think_tags" or "prefix".

    `truncated` is whether the model was cut off at its token limit. Raises `ValueError` for an unknown
    `how`, and for "prefix" without a `thought_prefix`.
    """
    if how == "prefix":
        if not (thought_prefix and thought_prefix.strip()):
            raise ValueError("splitting by prefix needs a thought_prefix, for example 'Thought:'")
        return _by_prefix(text, thought_prefix.strip(), truncated)
    if how not in _WAYS:
        known = ", ".join(sorted([*_WAYS, "prefix"]))
        raise ValueError(f"unknown way to split a completion {how!r}; known ways: {known}")
    return _WAYS[how](text, truncated)


def _whole(text: str, truncated: bool) -> Split:
    return Split("", text, None, (0, len(text)), CLEAN if text.strip() else EMPTY)


def _by_markers(text: str, truncated: bool) -> Split:
    thinks, answers = list(_THINK.finditer(text)), list(_ANSWER.finditer(text))
    start = thinks[0].end() if thinks and (not answers or thinks[0].start() < answers[0].start()) else 0
    if not answers:
        return _without_mark(text, start, truncated)
    return _at_last_mark(text, start, answers, [think for think in thinks if think.start() > answers[0].start()])


def _by_tags(text: str, truncated: bool) -> Split:
    opened = _OPEN_TAG.match(text)
    start = opened.end() if opened else 0
    marks = list(_CLOSE_TAG.finditer(text, start))
    if marks:
        return _at_last_mark(text, start, marks)
    if opened and not truncated:
        return _split_at(text, (start, len(text)), (len(text), len(text)), MISSING)
    return _without_mark(text, start, truncated)


def _by_prefix(text: str, prefix: str, truncated: bool) -> Split:
    opening = re.compile(rf"\s*{re.escape(prefix)}")
    opened = opening.match(text)
    if not opened:
        return _without_mark(text, 0, truncated=False)
    marks = []
    position: int | None = opened.end()
    while position is not None:
        blank = _BLANK_LINE.search(text, position)
        if not blank:
            break
        marks.append(blank)
        reopened = opening.match(text, blank.end())
        position = reopened.end() if reopened else None
    start = opened.end()
    return _at_last_mark(text, start, marks) if marks else _without_mark(text, start, truncated)


_WAYS: dict[str, Callable[[str, bool], Split]] = {"none": _whole, "markers": _by_markers, "think_tags": _by_tags}


def _at_last_mark(text: str, start: int, marks: list[re.Match[str]], stops: Sequence[re.Match[str]] = ()) -> Split:
    """Split at the last of `marks` with text before the next mark or stop; reasoning begins at `start`."""
    edges = [*sorted(mark.start() for mark in (*marks, *stops)), len(text)]
    answers = [(mark.end(), edges[bisect_right(edges, mark.start())]) for mark in marks]
    not_blank = [index for index, answer in enumerate(answers) if text[slice(*answer)].strip()]
    chosen = not_blank[-1] if not_blank else -1
    status = EMPTY if not not_blank else REPEATED if len(marks) + len(stops) > 1 else CLEAN
    before = marks[chosen].start()
    return _split_at(text, (min(start, before), before), answers[chosen], status)


def _without_mark(text: str, start: int, truncated: bool) -> Split:
    if not text.strip():
        return Split("", text, None, (0, len(text)), EMPTY)
    if truncated:
        return _split_at(text, (start, len(text)), (len(text), len(text)), TRUNCATED)
    return Split("", text, None, (0, len(text)), MISSING)


def _split_at(text: str, reasoning: Span, answer: Span, status: str) -> Split:
    reasoning_span, answer_span = _trimmed(text, reasoning), _trimmed(text, answer)
    return Split(
        reasoning=text[slice(*reasoning_span)],
        answer=text[slice(*answer_span)],
        reasoning_span=reasoning_span if reasoning_span[0] < reasoning_span[1] else None,
        answer_span=answer_span,
        status=status,
    )


def _trimmed(text: str, span: Span) -> Span:
    part = text[slice(*span)]
    start = span[0] + len(part) - len(part.lstrip())
    return start, max(start, start + len(part.strip()))
