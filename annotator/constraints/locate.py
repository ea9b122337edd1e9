"""Locates the clause of a prompt that states a constraint.

A heuristic over the patterns in `prompt_phrases`; returns None rather than guess where nothing fits. Knows how
sentences and clauses are split, not how any kind is checked.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]

from annotator.constraints.prompt_phrases import QUOTED_ARGUMENTS, phrase_patterns
from annotator.constraints.verdict import ConstraintSpec, Span

# What is looked behind for stands after the mark: before it, every character of the prompt would be looked behind.
_SENTENCE_END = re.compile(
    r"(?:[.!?](?<!\bi\.e.)(?<!\be\.g.)(?<!\bP.)(?<!\bS.)[\"')\]”’]*(?=\s)|[!?.][\"”’](?=\s)|\n)\s*"
)
_CLAUSE_END = re.compile(r"[,;:]\s+(?:and\s+|but\s+|or\s+|then\s+)?|\s+(?:and|but)\s+|\s+--+\s+")
_LONGEST_CLAUSE = 110
_LONGEST_PROMPT = 20_000
_TRAILING = re.compile(r"[\s,;:.]+$")


def locate(prompt: str, spec: ConstraintSpec) -> Span | None:
    """Return the span of `prompt` that states the constraint, or None where that is not clear."""
    kwargs = {name: value for name, value in spec.kwargs.items() if value is not None}
    if len(prompt) > _LONGEST_PROMPT:
        return None
    if spec.kind in QUOTED_ARGUMENTS:
        argument, phrase = QUOTED_ARGUMENTS[spec.kind]
        value = kwargs.get(argument)
        words = value if isinstance(value, list | tuple) else [value]
        quotes = [word for word in words if isinstance(word, str)]
        span = _quoted(prompt, [quote.strip() for quote in quotes if quote.strip()], phrase)
    else:
        span = _phrased(prompt, spec.kind, kwargs)
    return _trimmed(prompt, span) if span else None


def _phrased(prompt: str, kind: str, kwargs: Mapping[str, Any]) -> Span | None:
    for pattern in phrase_patterns(kind, kwargs):
        if match := _compiled(pattern).search(prompt):
            return _clause(prompt, match.span())
    return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str]:
    # `regex` first looks for a word that every match has; where there is none, `re` takes a hundred times as long.
    return regex.compile(pattern, regex.IGNORECASE)


def _quoted(prompt: str, quotes: Sequence[str], phrase: str) -> Span | None:
    """Return the clause with most of the quoted arguments and, if possible, a match of `phrase` near them."""
    best: tuple[int, int, Span] | None = None
    for start, end in _sentences(prompt, quotes):
        matches = [match for quote in quotes if (match := _word(prompt, quote, start, end))]
        if not matches:
            continue
        first, last = min(matches)[0], max(stop for _, stop in matches)
        phrases = [match.span() for match in _compiled(phrase).finditer(prompt, start, end)]
        score = (len(matches), bool(phrases))
        if best is None or score > best[:2]:
            best = (*score, _clause(prompt, _with_phrase((first, last), phrases)))
    return best[2] if best and (best[1] or best[0] == len(quotes)) else None


def _with_phrase(quotes: Span, phrases: Sequence[Span]) -> Span:
    """Extend the span of the quotes to the nearest phrase before it, or else after it."""
    before = [phrase for phrase in phrases if phrase[0] < quotes[0]]
    after = [phrase for phrase in phrases if phrase[1] > quotes[1]]
    if before:
        return before[-1][0], quotes[1]
    return quotes[0], after[0][1] if after else quotes[1]


def _word(prompt: str, quote: str, start: int, end: int) -> Span | None:
    """Return the last occurrence of `quote`, as a whole word if possible, with a closing quotation mark after it."""
    pattern = rf"(?<!\w){re.escape(quote)}(?!\w)[\"'”’]?"
    matches = list(re.compile(pattern, re.IGNORECASE).finditer(prompt, start, end))
    if not matches:
        matches = list(re.compile(re.escape(quote), re.IGNORECASE).finditer(prompt, start, end))
    return matches[-1].span() if matches else None


def _sentences(prompt: str, unbroken: Sequence[str] = ()) -> list[Span]:
    """Split a prompt into sentences, never inside one of the `unbroken` texts."""
    protected = [match.span() for text in unbroken for match in re.finditer(re.escape(text), prompt, re.IGNORECASE)]
    spans, start = [], 0
    for mark, end in _sentence_ends(prompt):
        if any(low <= mark < high - 1 for low, high in protected):
            continue
        spans.append((start, end))
        start = end
    return [*spans, (start, len(prompt))]


@lru_cache(maxsize=8)  # all constraints of a prompt ask for them, one after the other
def _sentence_ends(prompt: str) -> Sequence[Span]:
    return [match.span() for match in _SENTENCE_END.finditer(prompt)]


def _clause(prompt: str, phrase: Span) -> Span:
    """Return the clause around `phrase`, or `phrase` alone where the clause is long."""
    low, high = 0, len(prompt)
    for start, end in _sentences(prompt):
        if start <= phrase[0]:
            low = start
        if end >= phrase[1]:
            high = end
            break
    for match in _CLAUSE_END.finditer(prompt, low, high):
        if match.end() <= phrase[0]:
            low = match.end()
        elif match.start() >= phrase[1]:
            high = match.start()
            break
    return (low, high) if high - low <= max(_LONGEST_CLAUSE, phrase[1] - phrase[0]) else phrase


def _trimmed(prompt: str, span: Span) -> Span | None:
    """Strip white space and trailing punctuation from the span; None where nothing is left."""
    start, end = span
    while start < end and prompt[start].isspace():
        start += 1
    trailing = _TRAILING.search(prompt, start, end)
    if trailing and not prompt[trailing.start() :].startswith("."):
        end = trailing.start()
    end = start + len(prompt[start:end].rstrip())
    return (start, end) if start < end else None
