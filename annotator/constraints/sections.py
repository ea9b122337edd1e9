"""Checker of the family `detectable_format` for sections: a word followed by a number."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from annotator.constraints import near_misses
from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.excerpts import word_start
from annotator.constraints.messages import Unit, amount, joined, msg, quoted, sentence
from annotator.constraints.parameters import AT_LEAST, Integer, Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_ENDING = Unit("%(n)s of them ends another word (%(found)s)", "%(n)s of them end other words (%(found)s)")


class MultipleSections(Checker):
    """The section word followed by a number; the word is a regular expression and may end another word."""

    kind = "detectable_format:multiple_sections"
    label = msg("Sections")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("section_spliter"), Integer("num_sections"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.word = kwargs["section_spliter"].strip()
        self._pattern = self.pattern("section_spliter", rf"\s?{self.word}\s?\d+\s?", flags=re.NOFLAG)
        self.comparison = Comparison(AT_LEAST, kwargs["num_sections"], Unit("%(n)s section", "%(n)s sections"))

    @property
    def required(self) -> str:
        return msg("%(amount)s marked %(word)s and a number", amount=self.comparison.required, word=quoted(self.word))

    @property
    def title(self) -> str:
        return sentence(self.required)

    def _matches(self, variant: TextVariant) -> list[Span]:
        return [match.span() for match in self._pattern.all(variant.text, variant.clock)]

    def _count(self, matches: list[Span]) -> int:
        """Count the pieces of `re.split` as the official checker does: every group of the pattern adds one."""
        return len(matches) * (1 + self._pattern.groups)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(self._count(self._matches(variant)))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        matches = self._matches(variant)
        count = self._count(matches)
        spans = [_without_space(variant.text, span) for span in matches]
        near = near_misses.NONE if obeyed else near_misses.sections(variant.text, self.word, matches)
        note = joined(self.comparison.note(count), *self._oddities(variant.text, spans), near.note)
        return Explanation(self.comparison.observed(count), spans or near.spans, note)

    def _oddities(self, text: str, spans: list[Span]) -> Iterator[str]:
        """Yield what the official rule counts and a reader may not: parts of words, groups of the expression."""
        ending = [span for span in spans if span[0] > 0 and text[span[0] - 1].isalnum() and text[span[0]].isalnum()]
        if ending:
            start = word_start(text, ending[0][0])
            yield amount(len(ending), _ENDING, found=quoted(text[start : ending[0][1]], 30))
        if self._pattern.groups and spans:
            yield msg("each group in the word, which is read as a regular expression, counts as one more section")
        elif other := [span for span in spans if not text.startswith(self.word, span[0])]:
            found = quoted(text[slice(*other[0])], 30)
            yield msg(
                "%(word)s is read as a regular expression, which %(found)s satisfies",
                word=quoted(self.word),
                found=found,
            )


def _without_space(text: str, span: Span) -> Span:
    match = text[span[0] : span[1]]
    start = span[0] + len(match) - len(match.lstrip())
    return start, start + len(match.strip())
