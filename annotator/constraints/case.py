"""Checkers of the family `change_case`: all capitals, no capitals, number of words in capitals."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.excerpts import word_end, word_start
from annotator.constraints.language import UNDETECTABLE, few_words_note, language_name
from annotator.constraints.messages import Unit, amount, joined, msg, quoted, sentence
from annotator.constraints.parameters import Integer, Parameter, Relation
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.tokens import capital_token_spans
from annotator.constraints.verdict import Span


class _EnglishInOneCase(Checker):
    """Every letter is in one case, and the language is English or not detectable."""

    letter_case: ClassVar[str]
    offending: ClassVar[Unit]

    @staticmethod
    @abstractmethod
    def in_case(text: str) -> bool:
        """Whether the text has letters with a case, all of them in the required one."""

    @staticmethod
    @abstractmethod
    def offends(character: str) -> bool:
        """Whether the character alone makes `in_case` false."""

    @property
    def required(self) -> str:
        return msg("English in %(letters)s", letters=self.letter_case)

    @property
    def title(self) -> str:
        return msg("Entirely English, in %(letters)s", letters=self.letter_case)

    def obeys(self, variant: TextVariant) -> bool:
        return self.in_case(variant.text) and variant.language in (None, "en")

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        if self.in_case(variant.text):
            language = language_name(variant.language)
            observed = msg("%(language)s in %(letters)s", language=language, letters=self.letter_case)
            if variant.language is None:
                return Explanation(observed, note=UNDETECTABLE)
            if obeyed:
                return Explanation(observed)
            note = msg("the text is detected as %(language)s, English asked", language=language)
            right = msg("its letters are as asked, and only the language is not")
            return Explanation(observed, [variant.core], joined(note, few_words_note(variant) or right))
        spans = list(self._offending_spans(variant.text))
        if not spans:
            note = msg("there is no letter in the text, %(letters)s asked", letters=self.letter_case)
            return Explanation(msg("no letter that has a case"), note=note)
        letters = sum(end - start for start, end in spans)
        observed = amount(letters, self.offending)
        note = msg("%(found)s, %(letters)s asked", found=observed, letters=self.letter_case)
        begin, end = word_start(variant.text, spans[0][0]), word_end(variant.text, spans[0][1])
        alone = letters > 1 and spans[-1][1] <= end
        word = msg("all of them in one word, %(word)s", word=quoted(variant.text[begin:end], 40)) if alone else ""
        return Explanation(observed, spans, joined(note, word))

    def _offending_spans(self, text: str) -> Iterator[Span]:
        end = 0
        for offends, run in groupby(map(self.offends, text)):
            start, end = end, end + sum(1 for _ in run)
            if offends:
                yield start, end


class EnglishCapital(_EnglishInOneCase):
    kind = "change_case:english_capital"
    label = msg("All capitals")
    letter_case = msg("capital letters")
    offending = Unit("%(n)s lower-case letter", "%(n)s lower-case letters")

    @staticmethod
    def in_case(text: str) -> bool:
        return text.isupper()

    @staticmethod
    def offends(character: str) -> bool:
        return character.islower() or (character.istitle() and not character.isupper())


class EnglishLowercase(_EnglishInOneCase):
    kind = "change_case:english_lowercase"
    label = msg("All lower case")
    letter_case = msg("lower-case letters")
    offending = Unit("%(n)s capital letter", "%(n)s capital letters")

    @staticmethod
    def in_case(text: str) -> bool:
        return text.islower()

    @staticmethod
    def offends(character: str) -> bool:
        return character.isupper() or character.istitle()


_SINGLE = Unit(
    "%(n)s of them is a single letter (%(letter)s), which counts as a word",
    "%(n)s of them are single letters (%(letter)s), which count as words",
)
_PIECES = Unit("%(n)s word counts twice, in two pieces", "%(n)s words count twice, in two pieces")


class CapitalWordFrequency(Checker):
    """Number of the word tokenizer's tokens in capitals; a single capital letter counts."""

    kind = "change_case:capital_word_frequency"
    label = msg("Words in capitals")
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Integer("capital_frequency", minimum=None),
        Relation("capital_relation"),
    )

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        words = Unit("%(n)s word in capitals", "%(n)s words in capitals")
        self.comparison = Comparison(kwargs["capital_relation"], kwargs["capital_frequency"], words)

    @property
    def required(self) -> str:
        return self.comparison.required

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(variant.capital_word_count)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        count = variant.capital_word_count
        spans = list(capital_token_spans(variant.text, variant.sentences))
        single = [span for span in spans if span[1] - span[0] == 1]
        letters = quoted(" ".join(dict.fromkeys(variant.text[slice(*span)] for span in single)))
        pieces = sum(1 for before, after in pairwise(spans) if before[1] == after[0])
        return Explanation(
            self.comparison.observed(count),
            spans,
            joined(
                self.comparison.note(count),
                amount(len(single), _SINGLE, letter=letters) if single else "",
                amount(pieces, _PIECES) if pieces else "",
            ),
        )
