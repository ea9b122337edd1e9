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


class _EnglishInOneCase(Checker):
    """Every letter in one case, and English by the detector or not detectable at all."""

    asked: ClassVar[str]
    offending: ClassVar[str]

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
        return f"English in {self.asked}"

    @property
    def title(self) -> str:
        return f"Entirely English, in {self.asked}"

    def obeys(self, reading: Reading) -> bool:
        return self.in_case(reading.text) and reading.language in (None, "en")

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        if self.in_case(reading.text):
            found = f"{language_name(reading.language)} in {self.asked}"
            if reading.language is None:
                return Explanation(found, note=UNDETECTABLE)
            note = "" if obeyed else f"the text is detected as {language_name(reading.language)}, English asked"
            return Explanation(found, () if obeyed else [reading.core], note)
        spans = list(self._offending_spans(reading.text))
        if not spans:
            return Explanation("no letter that has a case", note=f"there is no letter in the text, {self.asked} asked")
        letters = sum(end - start for start, end in spans)
        found = f"{letters} {self.offending} letter{'' if letters == 1 else 's'}"
        return Explanation(found, spans, f"{found}, {self.asked} asked")

    def _offending_spans(self, text: str) -> Iterator[Span]:
        end = 0
        for offends, run in groupby(map(self.offends, text)):
            start, end = end, end + sum(1 for _ in run)
            if offends:
                yield start, end


class EnglishCapital(_EnglishInOneCase):
    kind = "change_case:english_capital"
    label = "All capitals"
    asked = "capital letters"
    offending = "lower-case"

    @staticmethod
    def in_case(text: str) -> bool:
        return text.isupper()

    @staticmethod
    def offends(character: str) -> bool:
        return character.islower() or (character.istitle() and not character.isupper())


class EnglishLowercase(_EnglishInOneCase):
    kind = "change_case:english_lowercase"
    label = "All lower case"
    asked = "lower-case letters"
    offending = "capital"

    @staticmethod
    def in_case(text: str) -> bool:
        return text.islower()

    @staticmethod
    def offends(character: str) -> bool:
        return character.isupper() or character.istitle()


class CapitalWordFrequency(Checker):
    """How many words of the word tokenizer are in capitals; a single capital letter is one too."""

    kind = "change_case:capital_word_frequency"
    label = "Words in capitals"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Integer("capital_frequency", minimum=None),
        Relation("capital_relation"),
    )

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.comparison = Comparison(
            kwargs["capital_relation"], kwargs["capital_frequency"], "word in capitals", "words in capitals"
        )

    @property
    def required(self) -> str:
        return self.comparison.required

    @property
    def title(self) -> str:
        return f"{self.required[0].upper()}{self.required[1:]}"

    def obeys(self, reading: Reading) -> bool:
        return self.comparison.holds(reading.capital_word_count)

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        count = reading.capital_word_count
        spans = capital_token_spans(reading.text, reading.sentences)
        return Explanation(self.comparison.observed(count), spans, self.comparison.note(count))
