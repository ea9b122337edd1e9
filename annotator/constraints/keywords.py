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
from annotator.constraints.wording import counted, listed, quoted


class KeywordExistence(Checker):
    """Every keyword is found."""

    kind = "keywords:existence"
    label = "Keywords"
    parameters: ClassVar[tuple[Parameter, ...]] = (Texts("keywords"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keywords = {word: self.pattern("keywords", word) for word in sorted(kwargs["keywords"])}

    @property
    def required(self) -> str:
        return f"{counted(len(self.keywords), 'keyword')}: {listed(self.keywords)}"

    @property
    def title(self) -> str:
        return f"Includes {listed(self.keywords)}"

    def obeys(self, reading: Reading) -> bool:
        return all(pattern.first(reading.text, reading.clock) for pattern in self.keywords.values())

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        found = {word: pattern.first(reading.text, reading.clock) for word, pattern in self.keywords.items()}
        absent = [word for word, match in found.items() if not match]
        return Explanation(
            observed=f"{len(found) - len(absent)} of {counted(len(found), 'keyword')}",
            spans=[match.span() for match in found.values() if match],
            note="" if obeyed else f"{listed(absent)} {'is' if len(absent) == 1 else 'are'} not in the text",
        )


class KeywordFrequency(Checker):
    """One keyword is found often, or seldom, enough."""

    kind = "keywords:frequency"
    label = "Keyword frequency"
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("keyword"), Integer("frequency"), Relation("relation"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keyword = kwargs["keyword"].strip()
        self._pattern = self.pattern("keyword", self.keyword)
        self.comparison = Comparison(kwargs["relation"], kwargs["frequency"], "time")

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return "keyword" if values.get("keyword") == "" else super().missing(values)

    @property
    def required(self) -> str:
        return f"{quoted(self.keyword)} {self.comparison.required}"

    @property
    def title(self) -> str:
        return f"Uses {self.required}"

    def obeys(self, reading: Reading) -> bool:
        return self.comparison.holds(sum(1 for _ in self._pattern.all(reading.text, reading.clock)))

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        spans = [match.span() for match in self._pattern.all(reading.text, reading.clock)]
        note = self.comparison.note(len(spans))
        return Explanation(
            f"{quoted(self.keyword)} {self.comparison.observed(len(spans))}",
            spans,
            f"{quoted(self.keyword)} {note}" if note else "",
        )


class ForbiddenWords(Checker):
    """None of the words is found as a word of its own."""

    kind = "keywords:forbidden_words"
    label = "Forbidden words"
    parameters: ClassVar[tuple[Parameter, ...]] = (Texts("forbidden_words"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        words = sorted(set(kwargs["forbidden_words"]))
        self.words = {word: self.pattern("forbidden_words", rf"\b{word}\b") for word in words}

    @property
    def required(self) -> str:
        return f"none of {listed(self.words)}"

    @property
    def title(self) -> str:
        return f"Avoids {listed(self.words)}"

    def obeys(self, reading: Reading) -> bool:
        return not any(pattern.first(reading.text, reading.clock) for pattern in self.words.values())

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        if obeyed:
            return Explanation("no forbidden word")
        found = {
            word: [match.span() for match in islice(pattern.all(reading.text, reading.clock), MAX_SPANS)]
            for word, pattern in self.words.items()
        }
        used = [word for word, spans in found.items() if spans]
        return Explanation(
            observed=f"{counted(len(used), 'forbidden word')}: {listed(used)}",
            spans=[span for spans in found.values() for span in spans],
            note=f"{listed(used)} {'is' if len(used) == 1 else 'are'} used, though forbidden",
        )


class LetterFrequency(Checker):
    """One letter is found often, or seldom, enough, in either case.

    Where the argument is no letter from a to z the official code draws a random one; here the
    character itself is counted.
    """

    kind = "keywords:letter_frequency"
    label = "Letter frequency"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Letter("letter"),
        Integer("let_frequency"),
        Relation("let_relation"),
    )

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.letter = kwargs["letter"].lower()
        self.comparison = Comparison(kwargs["let_relation"], kwargs["let_frequency"], "time")

    @property
    def required(self) -> str:
        return f"the letter “{self.letter}” {self.comparison.required}"

    @property
    def title(self) -> str:
        return f"Uses {self.required}"

    def obeys(self, reading: Reading) -> bool:
        return self.comparison.holds(reading.lowered.count(self.letter))

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        count = reading.lowered.count(self.letter)
        note = self.comparison.note(count)
        literal = "" if self.letter.isascii() and self.letter.isalpha() else self._literal_note()
        return Explanation(
            f"“{self.letter}” {self.comparison.observed(count)}",
            self._spans(reading),
            "; ".join(filter(None, (note and f"the letter “{self.letter}” {note}", literal))),
        )

    def _literal_note(self) -> str:
        return f"“{self.letter}” is counted as it stands, where the official checker draws a random letter"

    def _spans(self, reading: Reading) -> list[Span]:
        spans: list[Span] = []
        position = reading.lowered.find(self.letter)
        while position >= 0 and len(spans) < MAX_SPANS:
            spans.append(reading.lowered_span((position, position + len(self.letter))))
            position = reading.lowered.find(self.letter, position + len(self.letter))
        return spans
