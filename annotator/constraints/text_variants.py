"""A text and the variants of it that loose verdicts also check, each property computed at most once.

Owns how the seven variants are derived from the original (first and last line removed, asterisks removed) and how an
offset in a variant maps back to the original. A variant caches its words, sentences, language and so on, so that all
constraints on one text share them. Knows no kind.
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
from annotator.constraints.word_tokens import token_texts

_WORD = re.compile(r"\w+")


class TextVariant:
    """A slice of the original text, with or without its asterisks.

    `removed` describes for people what was removed; it is empty for the original.
    """

    def __init__(self, text: str, offset: int, clock: Clock, removed: str = "", *, starred: str | None = None) -> None:
        self.text = text
        self.offset = offset
        self.clock = clock
        self.removed = removed
        self._starred = starred  # the same slice with its asterisks, if they were removed

    @cached_property
    def blank(self) -> bool:
        return not self.text or self.text.isspace()

    @cached_property
    def lowered(self) -> str:
        return self.text.lower()

    @cached_property
    def core(self) -> Span:
        """The span of the text without white space at both ends."""
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
    def tokens(self) -> list[str]:
        return token_texts(self.text, self.sentences)

    @cached_property
    def capital_word_count(self) -> int:
        return sum(len(tokens) for _, tokens in capital_tokens(self.text, self.sentences))

    @cached_property
    def language(self) -> str | None:
        return detected_language(self.text)

    def lowered_span(self, span: Span) -> Span:
        """Map a span of `lowered` to `text`: lower-casing can lengthen a text, though only by `İ`."""
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
        """Map a non-empty span of this variant to the original text."""
        start, end = span
        if self._starred is not None:
            gaps = self._gaps
            start += bisect_right(gaps, start)
            end += bisect_right(gaps, end - 1)
        return start + self.offset, end + self.offset

    @cached_property
    def _gaps(self) -> list[int]:
        """For the i-th removed asterisk (from 0), the offset in `text` from which on i + 1 asterisks are missing."""
        starred = self._starred or ""
        stars = (position for position, character in enumerate(starred) if character == "*")
        return [star - index for index, star in enumerate(stars)]


class Analysis:
    """The original text, its variants and the time limit, shared by all constraints on that text."""

    def __init__(self, text: str, prompt: str = "") -> None:
        self.prompt = prompt
        self.clock = Clock()
        self.original = TextVariant(text, 0, self.clock)

    @cached_property
    def loose_variants(self) -> tuple[TextVariant, ...]:
        """The official variants in the official order, without the original, repeated and blank ones."""
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
    """Return the text without its first line, its last, and both; slices with no line left are left out."""
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
