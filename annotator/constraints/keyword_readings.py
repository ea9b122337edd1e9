"""Notes on how a keyword was read: as an expression instead of its letters, or inside other words.

Said beside a verdict, which they never change. Knows the matches, not the rule of any kind.
"""

import re
from collections.abc import Iterable
from itertools import islice

from annotator.constraints.excerpts import word_end, word_start
from annotator.constraints.messages import Unit, amount, listed, msg, quoted
from annotator.constraints.verdict import MAX_SPANS, Span

_SPECIAL = frozenset(r".^$*+?{}[]\|()")
SHOWN = 3  # words in a note
_PARTS = Unit(
    "%(n)s of them is a part of another word (%(words)s), which counts",
    "%(n)s of them are parts of other words (%(words)s), which count",
)


def is_expression(word: str) -> bool:
    """Return whether the word, read as a regular expression, is more than its letters."""
    return not _SPECIAL.isdisjoint(word)


def occurrences(word: str, text: str) -> list[Span]:
    """Return where the letters of the word stand in the text, in any case; at most `MAX_SPANS`."""
    if not word or word.lower() not in text.lower():
        return []
    found = re.finditer(re.escape(word), text, re.IGNORECASE)
    return [match.span() for match in islice(found, MAX_SPANS)]


def expression_note(word: str, text: str, matches: Iterable[Span]) -> str:
    """Say that a keyword was read as an expression, where its letters would have matched otherwise."""
    if not is_expression(word):
        return ""
    found = [text[start:end] for start, end in matches]
    other = next((piece for piece in found if piece.lower() != word.lower()), None)
    if other is not None:
        shown = quoted(other) if other else msg("the empty text")
        return msg(
            "%(word)s is read as a regular expression, which %(found)s satisfies", word=quoted(word), found=shown
        )
    if not found and occurrences(word, text):
        return msg(
            "%(word)s is read as a regular expression, so that its letters, which are in the text, do not count",
            word=quoted(word),
        )
    return ""


def inside_words(text: str, matches: Iterable[Span]) -> list[str]:
    """Return the words of which the matches are only a part, each once."""
    words = (_around(text, span) for span in matches)
    return list(dict.fromkeys(word for word in words if word))


def parts_note(text: str, matches: list[Span]) -> str:
    """Say how many matches are parts of other words."""
    parts = [span for span in matches if _around(text, span)]
    if not parts:
        return ""
    return amount(len(parts), _PARTS, words=listed(inside_words(text, parts)[:SHOWN]))


def _around(text: str, span: Span) -> str:
    """Return the whole word of which the match is a part; empty where it is a word, or words, of its own."""
    start, end = span
    inside = (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())
    if not inside or start >= end:
        return ""
    start, end = word_start(text, start), word_end(text, end)
    return "" if (start, end) == span else text[start:end]
