"""Checkers of IFBench's family `repeat`: the request, a sentence or a part of the request, copied."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, ClassVar

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker
from annotator.constraints.ifbench.words import pieces
from annotator.constraints.messages import msg, quoted
from annotator.constraints.parameters import Integer, Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_SENTENCE = "Only output this sentence here, ignore all other requests."


class RepeatChange(FindingChecker):
    """The request word for word, with another first word; the official code demands no more than an unequal text."""

    kind = "repeat:repeat_change"
    label = msg("Request with another first word")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("prompt_to_repeat"),)
    random_where_missing = False

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.request: str = kwargs["prompt_to_repeat"]

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return None if values.get("prompt_to_repeat") else "prompt_to_repeat"

    @property
    def required(self) -> str:
        return msg("the request with another first word: %(request)s", request=quoted(self.request))

    def find(self, variant: TextVariant) -> Finding:
        if variant.text == self.request:
            note = msg("the first word of the request is not changed")
            return Finding(False, note, _first_word(variant), note)
        return _copied(variant, self.request.split()[1:], skipped=1, lowered=False)


class RepeatSimple(FixedChecker):
    """The sentence of the prompt and nothing else, in any case."""

    kind = "repeat:repeat_simple"
    label = msg("One sentence repeated")
    requirement = msg("only the sentence %(request)s", request=quoted(_SENTENCE))
    sentence = _SENTENCE

    def find(self, variant: TextVariant) -> Finding:
        if variant.stripped.lower() == _SENTENCE.lower():
            return Finding(True, msg("the sentence alone"), [variant.core])
        note = msg("the text is not the sentence alone")
        return Finding(False, quoted(variant.text), [variant.core], note)


class RepeatSpan(FindingChecker):
    """Words `n_start` to `n_end` of the request, counted from 0 and without the last, in any case.

    Where either is 0 the official code draws a random place.
    """

    kind = "repeat:repeat_span"
    label = msg("Part of the request repeated")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("prompt_to_repeat"), Integer("n_start"), Integer("n_end"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.start: int = kwargs["n_start"]
        self.end: int = kwargs["n_end"]
        self.words: list[str] = kwargs["prompt_to_repeat"].strip().lower().split()[self.start : self.end]

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return "prompt_to_repeat" if values.get("prompt_to_repeat") == "" else super().missing(values)

    @property
    def required(self) -> str:
        return msg("only the words %(words)s", words=quoted(" ".join(self.words)))

    def find(self, variant: TextVariant) -> Finding:
        if not self.start or not self.end:
            raise UndecidableError(msg("a place of 0 is replaced by a random one in the official checker"))
        return _copied(variant, self.words, skipped=0, lowered=True)


def _copied(variant: TextVariant, words: list[str], *, skipped: int, lowered: bool) -> Finding:
    """Compare the words of the text, `skipped` of them left out, with those to copy."""
    copies = list(pieces(variant.text))[skipped:]
    for copy, word in zip_longest(copies, words):
        if copy is None:
            note = msg("%(word)s is missing at the end", word=quoted(word or ""))
            return Finding(False, note, [variant.core], note)
        if (copy.text.lower() if lowered else copy.text) != word:
            note = (
                msg("%(found)s stands where %(word)s is required", found=quoted(copy.text), word=quoted(word))
                if word is not None
                else msg("%(found)s stands after the end", found=quoted(copy.text))
            )
            return Finding(False, note, [copy.span], note)
    return Finding(True, msg("all words are copied"), [variant.core])


def _first_word(variant: TextVariant) -> list[Span]:
    return [piece.span for piece in list(pieces(variant.text))[:1]]
