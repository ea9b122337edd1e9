"""The family `change_case`: all capitals, no capitals, and how many words in capitals."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, ClassVar

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.language import UNDETECTABLE, language_name
from annotator.constraints.parameters import Integer, Parameter, Relation
from annotator.constraints.tokens import capital_token_spans
from annotator.constraints.verdict import Span
from annotator.constraints.wording import Unit, amount, said, sentence


class _EnglishInOneCase(Checker):
    """Every letter in one case, and English by the detector or not detectable at all."""

    asked: ClassVar[str]
    offending: ClassVar[Unit]

    @staticmethod
    @abstractmethod
    def in_case(text: str) -> bool:
        """Whether the text has letters with a case, all of them in the asked one."""

    @staticmethod
    @abstractmethod
    def offends(character: str) -> bool:
        """Whether the character alone makes `in_case` false."""

    @property
    def required(self) -> str:
        return said("English in %(letters)s", letters=self.asked)

    @property
    def title(self) -> str:
        return said("Entirely English, in %(letters)s", letters=self.asked)

    def obeys(self, reading: Reading) -> bool:
        return self.in_case(reading.text) and reading.language in (None, "en")

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        if self.in_case(reading.text):
            language = language_name(reading.language)
            found = said("%(language)s in %(letters)s", language=language, letters=self.asked)
            if reading.language is None:
                return Explanation(found, note=UNDETECTABLE)
            note = "" if obeyed else said("the text is detected as %(language)s, English asked", language=language)
            return Explanation(found, () if obeyed else [reading.core], note)
        spans = list(self._offending_spans(reading.text))
        if not spans:
            note = said("there is no letter in the text, %(letters)s asked", letters=self.asked)
            return Explanation(said("no letter that has a case"), note=note)
        letters = sum(end - start for start, end in spans)
        found = amount(letters, self.offending)
        return Explanation(found, spans, said("%(found)s, %(letters)s asked", found=found, letters=self.asked))

    def _offending_spans(self, text: str) -> Iterator[Span]:
        end = 0
        for offends, run in groupby(map(self.offends, text)):
            start, end = end, end + sum(1 for _ in run)
            if offends:
                yield start, end


class EnglishCapital(_EnglishInOneCase):
    kind = "change_case:english_capital"
    label = said("All capitals")
    asked = said("capital letters")
    offending = Unit("%(n)s lower-case letter", "%(n)s lower-case letters")

    @staticmethod
    def in_case(text: str) -> bool:
        return text.isupper()

    @staticmethod
    def offends(character: str) -> bool:
        return character.islower() or (character.istitle() and not character.isupper())


class EnglishLowercase(_EnglishInOneCase):
    kind = "change_case:english_lowercase"
    label = said("All lower case")
    asked = said("lower-case letters")
    offending = Unit("%(n)s capital letter", "%(n)s capital letters")

    @staticmethod
    def in_case(text: str) -> bool:
        return text.islower()

    @staticmethod
    def offends(character: str) -> bool:
        return character.isupper() or character.istitle()


class CapitalWordFrequency(Checker):
    """How many words of the word tokenizer are in capitals; a single capital letter is one too."""

    kind = "change_case:capital_word_frequency"
    label = said("Words in capitals")
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

    def obeys(self, reading: Reading) -> bool:
        return self.comparison.holds(reading.capital_word_count)

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        count = reading.capital_word_count
        spans = capital_token_spans(reading.text, reading.sentences)
        return Explanation(self.comparison.observed(count), spans, self.comparison.note(count))
