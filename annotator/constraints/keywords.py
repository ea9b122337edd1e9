"""Checkers of the family `keywords`: words and letters that must, or must not, appear.

Keywords are regular expressions, searched ignoring case anywhere in the text, inside other words too; only forbidden
words are bounded by `\\b`.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.keyword_readings import (
    SHOWN,
    expression_note,
    inside_words,
    is_expression,
    near_note,
    occurrences,
    other_letters_note,
    parts_note,
    repeated_note,
)
from annotator.constraints.messages import Unit, amount, joined, listed, msg, quoted
from annotator.constraints.parameters import Integer, Letter, Parameter, Relation, Text, Texts
from annotator.constraints.safe_regex import Match
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import MAX_SPANS, Span

_KEYWORDS = Unit("%(n)s keyword", "%(n)s keywords")
_TIMES = Unit("%(n)s time", "%(n)s times")
_FORBIDDEN = Unit("%(n)s forbidden word", "%(n)s forbidden words")


class KeywordExistence(Checker):
    """Every keyword occurs."""

    kind = "keywords:existence"
    label = msg("Keywords")
    parameters: ClassVar[tuple[Parameter, ...]] = (Texts("keywords"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.keywords = {word: self.pattern("keywords", word) for word in sorted(kwargs["keywords"])}

    @property
    def required(self) -> str:
        count = amount(len(self.keywords), _KEYWORDS)
        return msg("%(amount)s: %(words)s", amount=count, words=listed(self.keywords))

    @property
    def title(self) -> str:
        return msg("Includes %(words)s", words=listed(self.keywords))

    def obeys(self, variant: TextVariant) -> bool:
        return all(pattern.first(variant.text, variant.clock) for pattern in self.keywords.values())

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        matches = {word: pattern.first(variant.text, variant.clock) for word, pattern in self.keywords.items()}
        absent = [word for word, match in matches.items() if not match]
        near = [near_note(word, variant.text) for word in absent[:SHOWN]]
        near.append("" if any(near) else other_letters_note(absent, variant.text))
        repeated = repeated_note(variant.text, prompt, (match.span() for match in matches.values() if match))
        return Explanation(
            observed=msg("%(n)d of %(amount)s", n=len(matches) - len(absent), amount=amount(len(matches), _KEYWORDS)),
            spans=[match.span() for match in matches.values() if match],
            note=joined("" if obeyed else _absent(absent), *near, *self._oddities(variant, matches), repeated),
        )

    def _oddities(self, variant: TextVariant, matches: Mapping[str, Match | None]) -> Iterator[str]:
        """Yield a note for each keyword that was read as an expression, or stands only inside other words."""
        for word, match in matches.items():
            if odd := expression_note(word, variant.text, [match.span()] if match else []):
                yield odd
            elif match and inside_words(variant.text, [match.span()]) and not is_expression(word):
                spans = [
                    each.span() for each in islice(self.keywords[word].all(variant.text, variant.clock), MAX_SPANS)
                ]
                if all(inside_words(variant.text, [span]) for span in spans):
                    yield msg("%(finding)s, which count", finding=_only_inside(word, variant.text, spans))


def _only_inside(word: str, text: str, spans: list[Span]) -> str:
    others = listed(inside_words(text, spans)[:SHOWN])
    return msg("%(word)s stands only inside other words (%(words)s)", word=quoted(word), words=others)


def _absent(words: list[str]) -> str:
    if len(words) == 1:
        return msg("%(word)s is not in the text", word=quoted(words[0]))
    return msg("%(words)s are not in the text", words=listed(words))


class KeywordFrequency(Checker):
    """One keyword occurs at least, or less than, a number of times."""

    kind = "keywords:frequency"
    label = msg("Keyword frequency")
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
        return msg("Uses %(what)s", what=self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(sum(1 for _ in self._pattern.all(variant.text, variant.clock)))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        spans = [match.span() for match in self._pattern.all(variant.text, variant.clock)]
        note = self.comparison.note(len(spans))
        odd = expression_note(self.keyword, variant.text, spans) or parts_note(variant.text, spans)
        near = ""
        if not (obeyed or spans):
            near = near_note(self.keyword, variant.text) or other_letters_note([self.keyword], variant.text)
        repeated = repeated_note(variant.text, prompt, spans)
        return Explanation(
            self._times(self.comparison.observed(len(spans))),
            spans,
            joined(self._times(note) if note else "", odd, near, repeated),
        )

    def _times(self, times: str) -> str:
        return msg("%(what)s %(times)s", what=quoted(self.keyword), times=times)


class ForbiddenWords(Checker):
    """None of the words occurs as a whole word."""

    kind = "keywords:forbidden_words"
    label = msg("Forbidden words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Texts("forbidden_words"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        words = sorted(set(kwargs["forbidden_words"]))
        self.words = {word: self.pattern("forbidden_words", rf"\b{word}\b") for word in words}

    @property
    def required(self) -> str:
        return msg("none of %(words)s", words=listed(self.words))

    @property
    def title(self) -> str:
        return msg("Avoids %(words)s", words=listed(self.words))

    def obeys(self, variant: TextVariant) -> bool:
        return not any(pattern.first(variant.text, variant.clock) for pattern in self.words.values())

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        if obeyed:
            return Explanation(msg("no forbidden word"), note=joined(*self._near_misses(variant)))
        spans_of = {
            word: [match.span() for match in islice(pattern.all(variant.text, variant.clock), MAX_SPANS)]
            for word, pattern in self.words.items()
        }
        used = [word for word, spans in spans_of.items() if spans]
        odd = (expression_note(word, variant.text, spans_of[word]) for word in used)
        found = [span for spans in spans_of.values() for span in spans]
        return Explanation(
            observed=msg("%(amount)s: %(words)s", amount=amount(len(used), _FORBIDDEN), words=listed(used)),
            spans=found,
            note=joined(_used(used), *odd, repeated_note(variant.text, prompt, found)),
        )

    def _near_misses(self, variant: TextVariant) -> Iterator[str]:
        """Yield a note for each word whose letters are in the text, though not as a whole word."""
        for word in self.words:
            if is_expression(word):
                yield expression_note(word, variant.text, [])
            elif spans := occurrences(word, variant.text):
                yield _only_inside(word, variant.text, spans)


def _used(words: list[str]) -> str:
    if len(words) == 1:
        return msg("%(word)s is used, though forbidden", word=quoted(words[0]))
    return msg("%(words)s are used, though forbidden", words=listed(words))


class LetterFrequency(Checker):
    """One letter occurs at least, or less than, a number of times, in either case.

    Where the argument is no letter from a to z the official code draws a random letter; this checker counts the
    character itself.
    """

    kind = "keywords:letter_frequency"
    label = msg("Letter frequency")
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
        return msg("Uses %(what)s", what=self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(variant.lowered.count(self.letter))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        count = variant.lowered.count(self.letter)
        note = self.comparison.note(count)
        literal = "" if self.letter.isascii() and self.letter.isalpha() else self._literal_note()
        return Explanation(
            msg("%(what)s %(times)s", what=f"“{self.letter}”", times=self.comparison.observed(count)),
            self._spans(variant),
            joined(self._times(note) if note else "", literal),
        )

    def _times(self, times: str) -> str:
        return msg("the letter “%(letter)s” %(times)s", letter=self.letter, times=times)

    def _literal_note(self) -> str:
        return msg(
            "“%(letter)s” is counted as it stands, where the official checker draws a random letter", letter=self.letter
        )

    def _spans(self, variant: TextVariant) -> list[Span]:
        spans: list[Span] = []
        position = variant.lowered.find(self.letter)
        while position >= 0 and len(spans) < MAX_SPANS:
            spans.append(variant.lowered_span((position, position + len(self.letter))))
            position = variant.lowered.find(self.letter, position + len(self.letter))
        return spans
