"""One text and the eight variants of it that the loose rules allow, each fact computed at most once.

Owns how a variant is derived from the original (lines taken off, asterisks taken out) and the way
back from an offset in a variant to the original. Checkers ask a variant for words, sentences,
language and so on; what has been counted for one constraint is there for the next. Knows no kind.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from annotator.constraints.language_detection import detected_language
from annotator.constraints.messages import msg
from annotator.constraints.punkt import sentence_spans
from annotator.constraints.safe_regex import Clock
from annotator.constraints.tokens import capital_tokens
from annotator.constraints.verdict import Span

_WORD = re.compile(r"\w+")


class TextVariant:
    """A slice of the original text, perhaps without its asterisks, as one checker reads it."""

    def __init__(self, text: str, offset: int, clock: Clock, removed: str = "", *, starred: str | None = None) -> None:
        self.text = text
        self.offset = offset
        self.clock = clock
        self.removed = removed
        self._starred = starred  # the same slice of the original, asterisks included, where they were taken out

    @cached_property
    def blank(self) -> bool:
        return not self.text or self.text.isspace()

    @cached_property
    def lowered(self) -> str:
        return self.text.lower()

    @cached_property
    def core(self) -> Span:
        """The text without white space at both ends, as offsets."""
        start = len(self.text) - len(self.text.lstrip())
        return start, max(start, len(self.text.rstrip()))

    @cached_property
    def stripped(self) -> str:
        return self.text.strip()

    @cached_property
    def word_count(self) -> int:
        return len(_WORD.findall(self.text))

    def words(self) -> Iterator[Span]:
        return (match.span() for match in _WORD.finditer(self.text))

    @cached_property
    def sentences(self) -> list[Span]:
        return sentence_spans(self.text)

    @cached_property
    def capital_word_count(self) -> int:
        return sum(len(tokens) for _, tokens in capital_tokens(self.text, self.sentences))

    @cached_property
    def language(self) -> str | None:
        return detected_language(self.text)

    def lowered_span(self, span: Span) -> Span:
        """Where a span of `lowered` lies in `text`: lower-casing can lengthen a text, by `İ` alone."""
        if len(self.lowered) == len(self.text):
            return span
        starts = self._lowered_starts
        return bisect_right(starts, span[0]) - 1, bisect_right(starts, span[1] - 1)

    @cached_property
    def _lowered_starts(self) -> list[int]:
        starts, position = [], 0
        for character in self.text:
            starts.append(position)
            position += len(character.lower())
        return starts

    def original_span(self, span: Span) -> Span:
        """Where a non-empty span of this variant lies in the original text."""
        start, end = span
        if self._starred is not None:
            gaps = self._gaps
            start += bisect_right(gaps, start)
            end += bisect_right(gaps, end - 1)
        return start + self.offset, end + self.offset

    @cached_property
    def _gaps(self) -> list[int]:
        """For the i-th asterisk taken out, the offset in `text` from which on i + 1 of them are missing."""
        starred = self._starred or ""
        stars = (position for position, character in enumerate(starred) if character == "*")
        return [star - index for index, star in enumerate(stars)]


class Analysis:
    """The original text with its variants; shared by all constraints on that text."""

    def __init__(self, text: str, prompt: str = "") -> None:
        self.prompt = prompt
        self.clock = Clock()
        self.original = TextVariant(text, 0, self.clock)

    @cached_property
    def loose_variants(self) -> tuple[TextVariant, ...]:
        """The official variants in the official order, without the original, repetitions and blank ones."""
        sliced = [self._slice(start, end) for start, end in _line_slices(self.original.text)]
        whole, *starless = [_without_asterisks(variant) for variant in (self.original, *sliced)]
        kept = {self.original.text: self.original}
        for variant in (whole, *sliced, *starless):
            if not variant.blank:
                kept.setdefault(variant.text, variant)
        return tuple(kept.values())[1:]

    def _slice(self, start: int, end: int) -> TextVariant:
        text = self.original.text
        part = text[start:end].lstrip()
        return TextVariant(part.rstrip(), end - len(part), self.clock, _REMOVED[start > 0, end < len(text)])


_REMOVED = {
    (True, False): msg("the first line"),
    (False, True): msg("the last line"),
    (True, True): msg("the first and the last line"),
}


def _line_slices(text: str) -> list[Span]:
    """The text without its first line, without its last, without both; not those with no line left."""
    first, last = text.find("\n"), text.rfind("\n")
    if first < 0:
        return []
    outer = [(first + 1, len(text)), (0, last)]
    return [*outer, (first + 1, last)] if first < last else outer


def _without_asterisks(variant: TextVariant) -> TextVariant:
    lines = variant.removed
    removed = msg("%(lines)s and asterisks", lines=lines) if lines else msg("asterisks")
    bare = variant.text.replace("*", "")
    return TextVariant(bare, variant.offset, variant.clock, removed, starred=variant.text)
