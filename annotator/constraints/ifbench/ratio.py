"""Checkers of IFBench's family `ratio`: stop words, kinds of sentences, overlap with a reference text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker
from annotator.constraints.ifbench.sentences import Sentence, split_sentences
from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.parameters import Integer, Parameter, Text
from annotator.constraints.punkt import data_rows
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_STOP_WORDS_FILE = "corpora/stopwords/english"
_WORD = re.compile(r"\w+")
_SENTENCES = Unit("%(n)s sentence", "%(n)s sentences")
_TOLERANCE = 2  # percentage points


@cache
def stop_words() -> frozenset[str]:
    """Return nltk's English stop words, 198 of them. Raises `PunktDataMissingError`."""
    return frozenset(data_rows(_STOP_WORDS_FILE))


class StopWords(FindingChecker):
    """Stop words as a percentage of all words; words are runs of letters and digits, so "don't" is two stop words."""

    kind = "ratio:stop_words"
    label = msg("Share of stop words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("percentage"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.percentage: int = kwargs["percentage"]

    @property
    def required(self) -> str:
        return msg("at most %(n)d %% stop words", n=self.percentage)

    def find(self, variant: TextVariant) -> Finding:
        words = list(_WORD.finditer(variant.text))
        if not words:
            raise UndecidableError(msg("there is no word in the text, on which the official checker fails"))
        spans = [match.span() for match in words if match[0].lower() in stop_words()]
        share = (len(spans) / len(words)) * 100
        observed = msg("%(share).1f %% stop words (%(n)d of %(all)d)", share=share, n=len(spans), all=len(words))
        if share <= self.percentage:
            return Finding(True, observed, spans)
        return Finding(
            False, observed, spans, msg("%(found)s, at most %(n)d %% allowed", found=observed, n=self.percentage)
        )


class SentenceType(FixedChecker):
    """Twice as many sentences that end with a full stop as with a question mark; none of both obeys too."""

    kind = "ratio:sentence_type"
    label = msg("Statements and questions")
    requirement = msg("two statements for each question")

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        statements, questions = (_ending(sentences, mark) for mark in ".?")
        observed = msg(
            "%(statements)d statements, %(questions)d questions", statements=len(statements), questions=len(questions)
        )
        spans = [sentence.span for sentence in questions]
        if len(statements) != 2 * len(questions):
            return Finding(False, observed, spans, msg("%(found)s, two to one required", found=observed))
        neither = msg("there is neither a statement nor a question, which the official checker lets pass")
        return Finding(True, observed, spans, "" if questions else neither)


class SentenceBalance(FixedChecker):
    """As many sentences that end with a full stop as with a question mark and as with an exclamation mark."""

    kind = "ratio:sentence_balance"
    label = msg("Balanced kinds of sentences")
    requirement = msg("as many statements as questions and exclamations")

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        statements, questions, exclamations = (_ending(sentences, mark) for mark in ".?!")
        observed = msg(
            "%(statements)d statements, %(questions)d questions, %(exclamations)d exclamations",
            statements=len(statements),
            questions=len(questions),
            exclamations=len(exclamations),
        )
        spans = [sentence.span for sentence in (*questions, *exclamations)]
        if len(statements) == len(questions) == len(exclamations):
            return Finding(True, observed, spans)
        return Finding(False, observed, spans, msg("%(found)s, equal numbers required", found=observed))


class SentenceWords(FixedChecker):
    """Three sentences of the same length; the official code does not look at the words."""

    kind = "ratio:sentence_words"
    label = msg("Three sentences of one length")
    requirement = msg("three sentences with the same number of characters and different words")

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        spans = [sentence.span for sentence in sentences]
        if len(sentences) != 3:
            observed = amount(len(sentences), _SENTENCES)
            return Finding(False, observed, spans, msg("%(found)s, exactly %(n)d required", found=observed, n=3))
        lengths = [len(sentence.text) for sentence in sentences]
        observed = msg("sentences of %(a)d, %(b)d and %(c)d characters", a=lengths[0], b=lengths[1], c=lengths[2])
        if len(set(lengths)) == 1:
            return Finding(True, observed, spans, msg("the official checker does not compare the words"))
        return Finding(False, observed, spans, msg("%(found)s, the same length required", found=observed))


class Overlap(FindingChecker):
    """Share of the text's different runs of three characters that the reference text has too."""

    kind = "ratio:overlap"
    label = msg("Overlap with a reference text")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("reference_text"), Integer("percentage"))
    random_where_missing = False

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.percentage: int = kwargs["percentage"]
        self.trigrams = _trigrams(kwargs["reference_text"])

    @property
    def required(self) -> str:
        return msg("%(n)d %% (±2) of the three-character runs shared with the reference text", n=self.percentage)

    def find(self, variant: TextVariant) -> Finding:
        trigrams = _trigrams(variant.text)
        if not trigrams:
            raise UndecidableError(
                msg("the text is shorter than three characters, on which the official checker fails")
            )
        share = len(trigrams & self.trigrams) / len(trigrams) * 100
        observed = msg("%(share).1f %% shared", share=share)
        obeyed = self.percentage - _TOLERANCE <= share <= self.percentage + _TOLERANCE
        note = "" if obeyed else msg("%(found)s, %(n)d %% (±2) required", found=observed, n=self.percentage)
        return Finding(obeyed, observed, self._shared(variant.text), note)

    def _shared(self, text: str) -> Iterator[Span]:
        """Yield the parts of the text whose runs of three characters are in the reference text."""
        begin = end = 0
        for start in range(len(text) - 2):
            if text[start : start + 3] not in self.trigrams:
                continue
            if start > end:
                yield begin, end
                begin = start
            end = start + 3
        yield begin, end


def _trigrams(text: str) -> frozenset[str]:
    return frozenset(text[start : start + 3] for start in range(len(text) - 2))


def _ending(sentences: Sequence[Sentence], mark: str) -> list[Sentence]:
    return [sentence for sentence in sentences if sentence.text.endswith(mark)]
