"""Repetition in an answer: its sentence that stands there most often. Pure.

A small model that runs on says one sentence until its tokens end, and every checker may be satisfied by it. This proves
nothing and refuses nothing: it is shown to the person who approves.
"""

import re
from collections import Counter
from dataclasses import dataclass

from annotator.strategies.exemplars import comparable_text

LEAST_TIMES = 3
LEAST_WORDS = 3
"""Shorter sentences repeat in good answers too: "P.S.", bullets of one word, separators."""
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Repetition:
    """A sentence as it stands first in the text, and how many times the text has it."""

    sentence: str
    times: int


def most_repeated(text: str) -> Repetition | None:
    """Return the sentence or line of at least 3 words that stands at least 3 times in `text`, most often; else None.

    Letter case and white space make no difference.
    """
    sentences = [piece.strip() for piece in _SENTENCE_END.split(text)]
    long = [piece for piece in sentences if len(piece.split()) >= LEAST_WORDS]
    counted = Counter(comparable_text(piece) for piece in long)
    if not counted:
        return None
    form, times = counted.most_common(1)[0]
    if times < LEAST_TIMES:
        return None
    return Repetition(next(piece for piece in long if comparable_text(piece) == form), times)
