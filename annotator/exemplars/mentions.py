"""Mentions: the constraints that a reasoning speaks of, and those that it does not.

A heuristic over words, for the person who edits a reasoning: it may be wrong both ways and refuses nothing
(docs/edits.md has its measured precision). Pure; knows kinds and arguments, not whether the answer obeys.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]

from annotator.constraints import kinds, title
from annotator.exemplars.edits.suggestions import ConstraintLike
from annotator.exemplars.mention_patterns import patterns_of

_LONGEST = 50_000
_TIMEOUT_S = 0.25
_ENOUGH = 0.5  # of the words of a question or title, in two neighbouring sentences
_WORD = re.compile(r"[a-z0-9]{3,}|[\u3400-\u9fff]{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*|\n+")
_STEM = 5  # letters of a word that are compared
_EMPTY = """the and for are was does did has have with that this from into its his her their they them you your our any
all each every model response answer output text generate generated content whether user not but can will must should
obey requirement follow following given provide provided correctly properly
模型 是否 生成 回答 输出 内容 文本 符合 正确 的是"""
_EMPTY_WORDS = frozenset(_EMPTY.split())


def unmentioned(constraints: Sequence[ConstraintLike], reasoning: str) -> tuple[int, ...]:
    """Return the positions of the constraints that the reasoning does not speak of, in their order.

    Positions are those of the constraints, or their places in the list. A blank reasoning speaks of none.
    """
    text = reasoning[:_LONGEST]
    return tuple(
        getattr(constraint, "position", place)
        for place, constraint in enumerate(constraints)
        if not text.strip() or not _mentioned(constraint, text)
    )


def _mentioned(constraint: ConstraintLike, text: str) -> bool:
    kwargs = {name: value for name, value in constraint.kwargs.items() if value is not None}
    patterns = patterns_of(constraint.kind, kwargs)
    if patterns is None:
        return _echoed(_statement(constraint.kind, kwargs), text)
    try:
        return any(_compiled(pattern).search(text, timeout=_TIMEOUT_S) for pattern in patterns)
    except TimeoutError:
        return False


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


def _statement(kind: str, kwargs: Mapping[str, Any]) -> str:
    """Return the words of a constraint: its question in both languages, else its title."""
    questions = [kwargs.get(name) for name in ("question", "question_en")]
    if stated := " ".join(question for question in questions if isinstance(question, str)):
        return stated
    return title(kind, kwargs) if kind in kinds() else kind.replace("_", " ").replace(":", " ")


def _echoed(statement: str, text: str) -> bool:
    """Whether two neighbouring sentences of the text hold enough of the statement's words, in one script at least."""
    wanted = _stems(statement)
    sentences = [_stems(sentence) for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    windows = [first | then for first, then in zip(sentences, [*sentences[1:], set()], strict=True)]
    for script in (str.isascii, lambda stem: not stem.isascii()):
        stems = set(filter(script, wanted))
        if stems and any(len(stems & window) >= _ENOUGH * len(stems) for window in windows):
            return True
    return False


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words that carry meaning; of Chinese, all pairs of neighbouring characters."""
    stems = set()
    for word in _WORD.findall(text.lower()):
        if word.isascii():
            stems |= set() if word in _EMPTY_WORDS else {word[:_STEM]}
        else:
            stems |= {word[at : at + 2] for at in range(len(word) - 1)} - _EMPTY_WORDS
    return stems
