"""Checkers of IFBench's family `count`: words, numbers, marks and keywords that are counted."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar

from annotator.constraints.checker import Comparison
from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker, compared
from annotator.constraints.ifbench.words import STRIPPED, occurrences, pieces
from annotator.constraints.messages import Unit, amount, joined, listed, msg, quoted
from annotator.constraints.parameters import AT_LEAST, Integer, Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import MAX_SPANS, Span

_WORDS = Unit("%(n)s word", "%(n)s words")
_NUMBERS = Unit("%(n)s number", "%(n)s numbers")
_TIMES = Unit("%(n)s time", "%(n)s times")
_NUMBER = re.compile(r"\d(?:[!-/:-@\[-`{-~]*\d)*")  # ASCII punctuation inside a number is no part of its end
_INTERROBANG = "‽"
_MARKS = ".,!?;:"


class WordCountRange(FindingChecker):
    """Number of words between two bounds, which both count as inside; words are runs of letters and digits."""

    kind = "count:word_count_range"
    label = msg("Number of words in a range")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("min_words"), Integer("max_words"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.least: int = kwargs["min_words"]
        self.most: int = kwargs["max_words"]

    @property
    def required(self) -> str:
        return msg("between %(least)d and %(most)d words", least=self.least, most=self.most)

    def find(self, variant: TextVariant) -> Finding:
        count = variant.word_count
        observed = amount(count, _WORDS)
        if self.least <= count <= self.most:
            return Finding(True, observed)
        note = msg("%(found)s, %(least)d to %(most)d required", found=observed, least=self.least, most=self.most)
        return Finding(False, observed, self._excess(variant), note)

    def _excess(self, variant: TextVariant) -> Iterator[Span]:
        """Yield the text beyond the upper bound."""
        first = next(islice(variant.words(), self.most, None), None)
        if first and variant.word_count > self.most:
            yield first[0], variant.core[1]


class UniqueWordCount(FindingChecker):
    """Number of different words, in lower case; a piece that is only punctuation counts as one more word."""

    kind = "count:unique_word_count"
    label = msg("Different words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("N"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.comparison = Comparison(AT_LEAST, kwargs["N"], Unit("%(n)s different word", "%(n)s different words"))

    @property
    def required(self) -> str:
        return self.comparison.required

    def find(self, variant: TextVariant) -> Finding:
        first: dict[str, Span] = {}
        for piece in pieces(variant.text):
            first.setdefault(piece.text.lower().strip(STRIPPED), piece.span)
        return compared(len(first), self.comparison, first.values())


class Numbers(FindingChecker):
    """Exact number of numbers; punctuation inside a number does not split it: "1,000" and "3.14" are one each."""

    kind = "count:numbers"
    label = msg("Number of numbers")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("N"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.number: int = kwargs["N"]

    @property
    def required(self) -> str:
        return msg("exactly %(amount)s", amount=amount(self.number, _NUMBERS))

    def find(self, variant: TextVariant) -> Finding:
        spans = [match.span() for match in _NUMBER.finditer(variant.text)]
        observed = amount(len(spans), _NUMBERS)
        obeyed = len(spans) == self.number
        note = "" if obeyed else msg("%(found)s, exactly %(n)d required", found=observed, n=self.number)
        return Finding(obeyed, observed, spans, note)


class Punctuation(FixedChecker):
    """Each of six marks, and an interrobang besides."""

    kind = "count:punctuation"
    label = msg("Every punctuation mark")
    requirement = msg("every punctuation mark (. , ! ? ; :) and an interrobang (?!)")

    def find(self, variant: TextVariant) -> Finding:
        text = variant.text
        pair = next((pair for pair in ("?!", "!?") if pair in text), "")
        at = text.find(pair) if pair else -1
        first = {mark: self._first(text, mark, at) for mark in _MARKS}
        spans = [(start, start + 1) for start in first.values() if start >= 0]
        spans += [(at, at + 2)] if pair else occurrences(text, _INTERROBANG)
        absent = [mark for mark, start in first.items() if start < 0]
        absent += [] if pair or _INTERROBANG in text else ["?!"]
        observed = msg("%(n)d of 7 marks", n=7 - len(absent))
        return Finding(not absent, observed, spans, self._note(absent))

    @staticmethod
    def _first(text: str, mark: str, interrobang: int) -> int:
        """Return where the mark stands outside the first interrobang, or -1."""
        start = text.find(mark)
        return text.find(mark, interrobang + 2) if 0 <= interrobang <= start < interrobang + 2 else start

    @staticmethod
    def _note(absent: list[str]) -> str:
        if not absent:
            return ""
        if len(absent) == 1:
            return msg("%(word)s is not in the text", word=quoted(absent[0]))
        return msg("%(words)s are not in the text", words=listed(absent))


class KeywordsMultiple(FindingChecker):
    """Five keywords once, twice, three, five and seven times, in any case and inside other words too."""

    kind = "count:keywords_multiple"
    label = msg("Keywords a number of times")
    parameters: ClassVar[tuple[Parameter, ...]] = tuple(Text(f"keyword{number}") for number in range(1, 6))
    times: ClassVar[tuple[int, ...]] = (1, 2, 3, 5, 7)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keywords = [kwargs[parameter.name].strip().lower() for parameter in self.parameters]

    @property
    def required(self) -> str:
        return joined(*(self._times(word, times) for word, times in zip(self.keywords, self.times, strict=True)))

    def find(self, variant: TextVariant) -> Finding:
        counts = [variant.lowered.count(word) for word in self.keywords]
        rows = list(zip(self.keywords, self.times, counts, strict=True))
        wrong = [
            msg("%(found)s, exactly %(n)d required", found=self._times(word, count), n=times)
            for word, times, count in rows
            if count != times
        ]
        observed = joined(*(self._times(word, count) for word, _, count in rows))
        return Finding(not wrong, observed, self._spans(variant), joined(*wrong))

    def _spans(self, variant: TextVariant) -> Iterator[Span]:
        for word in filter(None, self.keywords):
            yield from map(variant.lowered_span, islice(occurrences(variant.lowered, word), MAX_SPANS))

    @staticmethod
    def _times(word: str, number: int) -> str:
        return msg("%(what)s %(times)s", what=quoted(word), times=amount(number, _TIMES))
