"""Checkers of IFBench's family `words` about repeated words and the places of words."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, ClassVar

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker
from annotator.constraints.ifbench.sentences import Sentence, split_sentences
from annotator.constraints.ifbench.words import STRIPPED, bare_words, lines
from annotator.constraints.messages import Unit, amount, listed, msg, quoted
from annotator.constraints.parameters import Integer, Parameter, Text
from annotator.constraints.punkt import sentence_spans
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span
from annotator.constraints.word_tokens import word_tokens

_WORDS_SHOWN = 3
_SENTENCES = Unit("%(n)s sentence", "%(n)s sentences")
_WORDS = Unit("%(n)s word", "%(n)s words")


class Repeats(FindingChecker):
    """No word, in lower case and without punctuation, occurs more often than allowed."""

    kind = "words:repeats"
    label = msg("Repeated words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("small_n"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.most: int = kwargs["small_n"]

    @property
    def required(self) -> str:
        return msg("no word more than %(times)s", times=amount(self.most, Unit("%(n)s time", "%(n)s times")))

    def find(self, variant: TextVariant) -> Finding:
        words = [(word, word.text.lower()) for word in bare_words(variant.text)]
        counts = Counter(text for _, text in words)
        frequent = [text for text, count in counts.most_common() if count > self.most]
        highest = max(counts.values(), default=0)
        observed = msg("the most frequent word %(times)s", times=amount(highest, Unit("%(n)s time", "%(n)s times")))
        if not frequent:
            return Finding(True, observed)
        spans = [word.span for word, text in words if counts[text] > self.most]
        note = msg(
            "%(found)s too often, such as %(words)s",
            found=amount(len(frequent), _WORDS),
            words=listed(frequent[:_WORDS_SHOWN]),
        )
        return Finding(False, observed, spans, note)


class LastFirst(FixedChecker):
    """The last word of each sentence is the first of the next, in any case."""

    kind = "words:last_first"
    label = msg("Last word begins the next sentence")
    requirement = msg("each sentence begins with the last word of the sentence before")

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        for number, (before, after) in enumerate(pairwise(sentences), 1):
            last, first = self._last(before), self._first(after)
            if last.lower() != first.lower():
                observed = amount(number, Unit("%(n)s sentence in the chain", "%(n)s sentences in the chain"))
                note = msg(
                    "a sentence ends with %(last)s, the next begins with %(first)s",
                    last=quoted(last),
                    first=quoted(first),
                )
                return Finding(False, observed, [after.span], note)
        observed = amount(len(sentences), Unit("%(n)s sentence in the chain", "%(n)s sentences in the chain"))
        return Finding(True, observed)

    @staticmethod
    def _last(sentence: Sentence) -> str:
        words = sentence.text.rstrip(STRIPPED).split()
        if not words:
            raise UndecidableError(msg("a sentence has no word, on which the official checker fails"))
        return words[-1]

    @staticmethod
    def _first(sentence: Sentence) -> str:
        words = sentence.text.lstrip(STRIPPED).split()
        if not words:
            raise UndecidableError(msg("a sentence has no word, on which the official checker fails"))
        return words[0]


class ParagraphLastFirst(FixedChecker):
    """Every line that is not blank ends with the word that it begins with, in any case."""

    kind = "words:paragraph_last_first"
    label = msg("Paragraphs end as they begin")
    requirement = msg("every paragraph ends with the word that it begins with")

    def find(self, variant: TextVariant) -> Finding:
        paragraphs = [line for line in lines(variant.text) if line.text.strip()]
        offending = [paragraph.span for paragraph in paragraphs if not self._closes(paragraph.text)]
        same, all_ = len(paragraphs) - len(offending), len(paragraphs)
        observed = msg("%(n)d of %(all)d paragraphs end as they begin", n=same, all=all_)
        return Finding(
            not offending, observed, offending, msg("%(found)s, all required", found=observed) if offending else ""
        )

    @staticmethod
    def _closes(paragraph: str) -> bool:
        words = paragraph.strip().lower().strip(STRIPPED).split()
        return bool(words) and words[0] == words[-1]


class KeywordsSpecificPosition(FindingChecker):
    """The m-th token of the n-th sentence is the keyword, letter for letter."""

    kind = "words:keywords_specific_position"
    label = msg("Keyword at a position")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("keyword"), Integer("n", minimum=1), Integer("m", minimum=1))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keyword: str = kwargs["keyword"].strip()
        self.sentence: int = kwargs["n"]
        self.position: int = kwargs["m"]

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return "keyword" if values.get("keyword") == "" else super().missing(values)

    @property
    def required(self) -> str:
        return msg(
            "%(word)s as word %(m)d of sentence %(n)d", word=quoted(self.keyword), m=self.position, n=self.sentence
        )

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        if len(sentences) < self.sentence:
            observed = amount(len(sentences), _SENTENCES)
            return Finding(
                False, observed, note=msg("%(found)s, at least %(n)d required", found=observed, n=self.sentence)
            )
        sentence = sentences[self.sentence - 1]
        tokens = list(word_tokens(sentence.text, sentence_spans(sentence.text)))
        if len(tokens) < self.position:
            observed = msg("sentence %(n)d has %(words)s", n=self.sentence, words=amount(len(tokens), _WORDS))
            note = msg("%(found)s, at least %(n)d required", found=observed, n=self.position)
            return Finding(False, observed, [sentence.span], note)
        token = tokens[self.position - 1]
        observed = msg(
            "%(word)s is word %(m)d of sentence %(n)d", word=quoted(token.text), m=self.position, n=self.sentence
        )
        span = (sentence.start + token.start, min(sentence.start + token.end, len(variant.text)))
        if token.text == self.keyword:
            return Finding(True, observed, [span])
        return Finding(
            False, observed, [span], msg("%(found)s, %(word)s required", found=observed, word=quoted(self.keyword))
        )


class WordsPosition(FindingChecker):
    """The second and the second to last token are the keyword; a full stop at the end is the last token."""

    kind = "words:words_position"
    label = msg("Second and second to last word")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("keyword"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keyword: str = kwargs["keyword"].strip()

    @property
    def required(self) -> str:
        return msg("%(word)s as the second and the second to last word", word=quoted(self.keyword))

    def find(self, variant: TextVariant) -> Finding:
        tokens = variant.tokens
        if len(tokens) < 2:
            observed = amount(len(tokens), _WORDS)
            return Finding(False, observed, note=msg("%(found)s, at least %(n)d required", found=observed, n=2))
        first, last = tokens[1], tokens[-2]
        observed = msg(
            "%(first)s is the second word, %(last)s the second to last", first=quoted(first), last=quoted(last)
        )
        spans = self._spans(variant, (1, len(tokens) - 2))
        if first == last == self.keyword:
            return Finding(True, observed, spans)
        note = msg("%(found)s, %(word)s required", found=observed, word=quoted(self.keyword))
        return Finding(False, observed, spans, note)

    @staticmethod
    def _spans(variant: TextVariant, places: Collection[int]) -> Iterator[Span]:
        for place, token in enumerate(word_tokens(variant.text, variant.sentences)):
            if place in places:
                yield token.span
