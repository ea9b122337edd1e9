"""The family `keywords`: words and letters that must, or must not, appear.

Keywords are regular expressions searched without regard to case anywhere in the text, inside other
words too; only forbidden words are bounded by `\\b`.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.parameters import Integer, Letter, Parameter, Relation, Text, Texts
from annotator.constraints.verdict import MAX_SPANS, Span
from annotator.constraints.wording import Unit, amount, joined, listed, quoted, said

_KEYWORDS = Unit("%(n)s keyword", "%(n)s keywords")
_TIMES = Unit("%(n)s time", "%(n)s times")
_FORBIDDEN = Unit("%(n)s forbidden word", "%(n)s forbidden words")


class KeywordExistence(Checker):
    """Every keyword is found."""

    kind = "keywords:existence"
    label = said("Keywords")
    parameters: ClassVar[tuple[Parameter, ...]] = (Texts("keywords"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keywords = {word: self.pattern("keywords", word) for word in sorted(kwargs["keywords"])}

    @property
    def required(self) -> str:
        found = amount(len(self.keywords), _KEYWORDS)
        return said("%(amount)s: %(words)s", amount=found, words=listed(self.keywords))

    @property
    def title(self) -> str:
        return said("Includes %(words)s", words=listed(self.keywords))

    def obeys(self, reading: Reading) -> bool:
        return all(pattern.first(reading.text, reading.clock) for pattern in self.keywords.values())

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        found = {word: pattern.first(reading.text, reading.clock) for word, pattern in self.keywords.items()}
        absent = [word for word, match in found.items() if not match]
        return Explanation(
            observed=said("%(n)d of %(amount)s", n=len(found) - len(absent), amount=amount(len(found), _KEYWORDS)),
            spans=[match.span() for match in found.values() if match],
            note="" if obeyed else _absent(absent),
        )


def _absent(words: list[str]) -> str:
    if len(words) == 1:
        return said("%(word)s is not in the text", word=quoted(words[0]))
    return said("%(words)s are not in the text", words=listed(words))


class KeywordFrequency(Checker):
    """One keyword is found often, or seldom, enough."""

    kind = "keywords:frequency"
    label = said("Keyword frequency")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("keyword"), Integer("frequency"), Relation("relation"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keyword = kwargs["keyword"].strip()
        self._pattern = self.pattern("keyword", self.keyword)
        self.comparison = Comparison(kwargs["relation"], kwargs["frequency"], _TIMES)

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return "keyword" if values.get("keyword") == "" else super().missing(values)

    @property
    def required(self) -> str:
        return self._times(self.comparison.required)

    @property
    def title(self) -> str:
        return said("Uses %(what)s", what=self.required)

    def obeys(self, reading: Reading) -> bool:
        return self.comparison.holds(sum(1 for _ in self._pattern.all(reading.text, reading.clock)))

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        spans = [match.span() for match in self._pattern.all(reading.text, reading.clock)]
        note = self.comparison.note(len(spans))
        return Explanation(
            self._times(self.comparison.observed(len(spans))),
            spans,
            self._times(note) if note else "",
        )

    def _times(self, times: str) -> str:
        return said("%(what)s %(times)s", what=quoted(self.keyword), times=times)


class ForbiddenWords(Checker):
    """None of the words is found as a word of its own."""

    kind = "keywords:forbidden_words"
    label = said("Forbidden words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Texts("forbidden_words"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        words = sorted(set(kwargs["forbidden_words"]))
        self.words = {word: self.pattern("forbidden_words", rf"\b{word}\b") for word in words}

    @property
    def required(self) -> str:
        return said("none of %(words)s", words=listed(self.words))

    @property
    def title(self) -> str:
        return said("Avoids %(words)s", words=listed(self.words))

    def obeys(self, reading: Reading) -> bool:
        return not any(pattern.first(reading.text, reading.clock) for pattern in self.words.values())

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        if obeyed:
            return Explanation(said("no forbidden word"))
        found = {
            word: [match.span() for match in islice(pattern.all(reading.text, reading.clock), MAX_SPANS)]
            for word, pattern in self.words.items()
        }
        used = [word for word, spans in found.items() if spans]
        return Explanation(
            observed=said("%(amount)s: %(words)s", amount=amount(len(used), _FORBIDDEN), words=listed(used)),
            spans=[span for spans in found.values() for span in spans],
            note=_used(used),
        )


def _used(words: list[str]) -> str:
    if len(words) == 1:
        return said("%(word)s is used, though forbidden", word=quoted(words[0]))
    return said("%(words)s are used, though forbidden", words=listed(words))


class LetterFrequency(Checker):
    """One letter is found often, or seldom, enough, in either case.

    Where the argument is no letter from a to z the official code draws a random one; here the
    character itself is counted.
    """

    kind = "keywords:letter_frequency"
    label = said("Letter frequency")
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Letter("letter"),
        Integer("let_frequency"),
        Relation("let_relation"),
    )

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.letter = kwargs["letter"].lower()
        self.comparison = Comparison(kwargs["let_relation"], kwargs["let_frequency"], _TIMES)

    @property
    def required(self) -> str:
        return self._times(self.comparison.required)

    @property
    def title(self) -> str:
        return said("Uses %(what)s", what=self.required)

    def obeys(self, reading: Reading) -> bool:
        return self.comparison.holds(reading.lowered.count(self.letter))

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        count = reading.lowered.count(self.letter)
        note = self.comparison.note(count)
        literal = "" if self.letter.isascii() and self.letter.isalpha() else self._literal_note()
        return Explanation(
            said("%(what)s %(times)s", what=f"“{self.letter}”", times=self.comparison.observed(count)),
            self._spans(reading),
            joined(self._times(note) if note else "", literal),
        )

    def _times(self, times: str) -> str:
        return said("the letter “%(letter)s” %(times)s", letter=self.letter, times=times)

    def _literal_note(self) -> str:
        return said(
            "“%(letter)s” is counted as it stands, where the official checker draws a random letter", letter=self.letter
        )

    def _spans(self, reading: Reading) -> list[Span]:
        spans: list[Span] = []
        position = reading.lowered.find(self.letter)
        while position >= 0 and len(spans) < MAX_SPANS:
            spans.append(reading.lowered_span((position, position + len(self.letter))))
            position = reading.lowered.find(self.letter, position + len(self.letter))
        return spans
