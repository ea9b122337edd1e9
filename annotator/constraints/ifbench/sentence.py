"""Checkers of IFBench's family `sentence`: alliteration, a keyword, the number of words."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar

from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker
from annotator.constraints.ifbench.sentences import split_sentences
from annotator.constraints.ifbench.words import STRIPPED, bare
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.parameters import Integer, Parameter, Text
from annotator.constraints.text_variants import TextVariant

_SENTENCES = Unit("%(n)s sentence", "%(n)s sentences")
_WORDS = Unit("%(n)s word", "%(n)s words")


class AlliterationIncrement(FixedChecker):
    """More words of each sentence share their first letter with a neighbour than of the sentence before."""

    kind = "sentence:alliteration_increment"
    label = msg("Growing alliteration")
    requirement = msg("more alliterating words in each sentence than in the sentence before")

    def find(self, variant: TextVariant) -> Finding:
        before = -1
        sentences = split_sentences(variant.text)
        for number, sentence in enumerate(sentences):
            count = self._alliterating(sentence.text)
            if count <= before:
                observed = amount(number, Unit("%(n)s sentence in order", "%(n)s sentences in order"))
                note = msg(
                    "a sentence has %(n)d alliterating words, the one before has %(before)d", n=count, before=before
                )
                return Finding(False, observed, [sentence.span], note)
            before = count
        return Finding(True, amount(len(sentences), Unit("%(n)s sentence in order", "%(n)s sentences in order")))

    @staticmethod
    def _alliterating(sentence: str) -> int:
        """Count the words in runs of two or more that begin alike."""
        words = (word.lstrip(STRIPPED) for word in sentence.lower().split())
        same = [one[0] == other[0] for one, other in pairwise(word for word in words if word)]
        runs = sum(alike and not (index and same[index - 1]) for index, alike in enumerate(same))
        return sum(same) + runs


class SentenceKeyword(FindingChecker):
    """The n-th sentence holds the keyword, in any case and inside other words too."""

    kind = "sentence:keyword"
    label = msg("Keyword in a sentence")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("word"), Integer("N", minimum=1))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.word: str = kwargs["word"]
        self.number: int = kwargs["N"]

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return "word" if values.get("word") == "" else super().missing(values)

    @property
    def required(self) -> str:
        return msg("%(word)s in sentence %(n)d", word=quoted(self.word), n=self.number)

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        if len(sentences) < self.number:
            observed = amount(len(sentences), _SENTENCES)
            return Finding(
                False, observed, note=msg("%(found)s, at least %(n)d required", found=observed, n=self.number)
            )
        sentence = sentences[self.number - 1]
        if self.word.lower() in sentence.text.lower():
            return Finding(
                True, msg("%(word)s is in sentence %(n)d", word=quoted(self.word), n=self.number), [sentence.span]
            )
        note = msg("%(word)s is not in sentence %(n)d", word=quoted(self.word), n=self.number)
        return Finding(False, note, [sentence.span], note)


class SentenceIncrement(FindingChecker):
    """Each sentence has exactly n words more than the one before."""

    kind = "sentence:increment"
    label = msg("Sentences that grow by a number of words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("small_n"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.step: int = kwargs["small_n"]

    @property
    def required(self) -> str:
        return msg("each sentence has %(words)s more than the sentence before", words=amount(self.step, _WORDS))

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        counts = [len(bare(sentence.text).split()) for sentence in sentences]
        for number, (before, count) in enumerate(pairwise(counts), 1):
            if count != before + self.step:
                observed = amount(number, Unit("%(n)s sentence in order", "%(n)s sentences in order"))
                note = msg(
                    "a sentence has %(words)s, %(n)d required", words=amount(count, _WORDS), n=before + self.step
                )
                return Finding(False, observed, [sentences[number].span], note)
        return Finding(True, amount(len(sentences), Unit("%(n)s sentence in order", "%(n)s sentences in order")))
