"""Locates the clause of a prompt that states a constraint.

A heuristic over the wordings in `cues`; it says None rather than guess where nothing fits. Knows how
sentences and clauses are parted, not how any kind is checked.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from annotator.constraints.prompt_phrases import QUOTED_ARGUMENTS, cues_of
from annotator.constraints.verdict import ConstraintSpec, Span

_SENTENCE_END = re.compile(r"(?:(?<!\bi\.e)(?<!\be\.g)(?<!\bP)(?<!\bS)[.!?][\"')\]”’]*(?=\s)|[!?.][\"”’](?=\s)|\n)\s*")
_CLAUSE_END = re.compile(r"[,;:]\s+(?:and\s+|but\s+|or\s+|then\s+)?|\s+(?:and|but)\s+|\s+--+\s+")
_LONGEST_CLAUSE = 110
_LONGEST_PROMPT = 20_000
_TRAILING = re.compile(r"[\s,;:.]+$")


def locate(prompt: str, spec: ConstraintSpec) -> Span | None:
    """The phrase of `prompt` that states the constraint, or None where that is unsure."""
    kwargs = {name: value for name, value in spec.kwargs.items() if value is not None}
    if len(prompt) > _LONGEST_PROMPT:
        return None
    if spec.kind in QUOTED_ARGUMENTS:
        argument, cue = QUOTED_ARGUMENTS[spec.kind]
        value = kwargs.get(argument)
        words = value if isinstance(value, list | tuple) else [value]
        anchors = [word for word in words if isinstance(word, str)]
        found = _anchored(prompt, [anchor.strip() for anchor in anchors if anchor.strip()], cue)
    else:
        found = _cued(prompt, spec.kind, kwargs)
    return _tidy(prompt, found) if found else None


def _cued(prompt: str, kind: str, kwargs: Mapping[str, Any]) -> Span | None:
    for pattern in cues_of(kind, kwargs):
        if match := _compiled(pattern).search(prompt):
            return _clause(prompt, match.span())
    return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _anchored(prompt: str, anchors: Sequence[str], cue: str) -> Span | None:
    """The stretch that holds most of the anchors and a cue."""
    best: tuple[int, int, Span] | None = None
    for start, end in _sentences(prompt, anchors):
        places = [place for anchor in anchors if (place := _word(prompt, anchor, start, end))]
        if not places:
            continue
        first, last = min(places)[0], max(stop for _, stop in places)
        cues = [match.span() for match in _compiled(cue).finditer(prompt, start, end)]
        score = (len(places), bool(cues))
        if best is None or score > best[:2]:
            best = (*score, _clause(prompt, _joined((first, last), cues)))
    return best[2] if best and (best[1] or best[0] == len(anchors)) else None


def _joined(anchors: Span, cues: Sequence[Span]) -> Span:
    """The anchors with the nearest cue before them, or else after them."""
    before = [cue for cue in cues if cue[0] < anchors[0]]
    after = [cue for cue in cues if cue[1] > anchors[1]]
    if before:
        return before[-1][0], anchors[1]
    return anchors[0], after[0][1] if after else anchors[1]


def _word(prompt: str, anchor: str, start: int, end: int) -> Span | None:
    """The anchor as a word of its own if there is one, with the quotation mark behind it; the last such place."""
    pattern = rf"(?<!\w){re.escape(anchor)}(?!\w)[\"'”’]?"
    matches = list(re.compile(pattern, re.IGNORECASE).finditer(prompt, start, end))
    if not matches:
        matches = list(re.compile(re.escape(anchor), re.IGNORECASE).finditer(prompt, start, end))
    return matches[-1].span() if matches else None


def _sentences(prompt: str, whole: Sequence[str] = ()) -> list[Span]:
    """The sentences of a prompt; an end inside one of the `whole` phrases is none."""
    held = [match.span() for text in whole for match in re.finditer(re.escape(text), prompt, re.IGNORECASE)]
    spans, start = [], 0
    for match in _SENTENCE_END.finditer(prompt):
        if any(low <= match.start() < high - 1 for low, high in held):
            continue
        spans.append((start, match.end()))
        start = match.end()
    return [*spans, (start, len(prompt))]


def _clause(prompt: str, found: Span) -> Span:
    """The clause around what was found; only what was found where the clause is long."""
    low, high = 0, len(prompt)
    for start, end in _sentences(prompt):
        if start <= found[0]:
            low = start
        if end >= found[1]:
            high = end
            break
    for match in _CLAUSE_END.finditer(prompt, low, high):
        if match.end() <= found[0]:
            low = match.end()
        elif match.start() >= found[1]:
            high = match.start()
            break
    return (low, high) if high - low <= max(_LONGEST_CLAUSE, found[1] - found[0]) else found


def _tidy(prompt: str, span: Span) -> Span | None:
    """Without white space and loose punctuation at its ends."""
    start, end = span
    while start < end and prompt[start].isspace():
        start += 1
    trailing = _TRAILING.search(prompt, start, end)
    if trailing and not prompt[trailing.start() :].startswith("."):
        end = trailing.start()
    end = start + len(prompt[start:end].rstrip())
    return (start, end) if start < end else None
