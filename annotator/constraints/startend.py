"""Checkers of the family `startend`: the end of the text, and quotation marks around it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.excerpts import word_start
from annotator.constraints.messages import joined, msg, quoted, quoted_end
from annotator.constraints.near_misses import quotation_marks
from annotator.constraints.parameters import Parameter, Text
from annotator.constraints.text_variants import TextVariant

_QUOTE = '"'


class EndPhrase(Checker):
    """The text, stripped of white space and then of quotation marks, ends with the phrase, in any case."""

    kind = "startend:end_checker"
    label = msg("Ending")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("end_phrase"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.phrase = kwargs["end_phrase"].strip()

    @property
    def required(self) -> str:
        return msg("ends with %(phrase)s", phrase=quoted(self.phrase))

    @property
    def title(self) -> str:
        return msg("Ends with the phrase %(phrase)s", phrase=quoted(self.phrase))

    def obeys(self, variant: TextVariant) -> bool:
        return variant.stripped.strip(_QUOTE).lower().endswith(self.phrase.lower())

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        start, end = variant.core
        bare = variant.text[start:end].rstrip(_QUOTE)
        if bare:
            end = start + len(bare)
        start = max(start, end - max(1, len(self.phrase)))
        if obeyed:
            return Explanation(msg("ends with %(phrase)s", phrase=quoted_end(variant.text[start:end])), [(start, end)])
        start = word_start(variant.text, start)
        observed = msg("ends with %(phrase)s", phrase=quoted_end(variant.text[start:end]))
        note = msg("the text %(ends)s, %(phrase)s asked", ends=observed, phrase=quoted(self.phrase))
        return Explanation(observed, [(start, end)], joined(note, self._near_miss(variant.text[:end])))

    def _near_miss(self, text: str) -> str:
        """Say where the phrase stands, if not at the end, or that only the marks at the end differ."""
        bare, phrase = _bare(text), _bare(self.phrase)
        if phrase and bare.endswith(phrase):
            return msg("it ends so but for the marks at its end")
        if phrase and phrase in bare:
            return msg("the phrase stands earlier in the text, and other text follows it")
        return ""


def _bare(text: str) -> str:
    """Return the text in lower case, on one line, without marks and spaces at its end."""
    return " ".join(text.lower().split()).rstrip("*_#~`'\"“”‘’«»()[]{}.!?…,;: ")


class Quotation(Checker):
    """The first and the last character are ASCII double quotation marks."""

    kind = "startend:quotation"
    label = msg("Quotation marks")

    @property
    def required(self) -> str:
        return msg("the whole text in double quotation marks")

    @property
    def title(self) -> str:
        return msg("Wrapped in double quotation marks")

    def obeys(self, variant: TextVariant) -> bool:
        text = variant.stripped
        return len(text) > 1 and text[0] == _QUOTE and text[-1] == _QUOTE

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        start, end = variant.core
        first, last = (start, start + 1), (end - 1, end)
        if obeyed:
            return Explanation(msg("begins and ends with a quotation mark"), [first, last])
        if end - start == 1:
            note = msg("a single character cannot be in quotation marks")
            return Explanation(msg("a single character"), [first], note)
        wrong = [span for span in (first, last) if variant.text[span[0]] != _QUOTE]
        observed = _WRONG_ENDS[first in wrong, last in wrong]
        near = quotation_marks(variant.text, variant.core)
        return Explanation(observed, wrong, joined(msg("the text %(problem)s", problem=observed), near))


_WRONG_ENDS = {
    (True, False): msg("does not begin with a double quotation mark"),
    (False, True): msg("does not end with a double quotation mark"),
    (True, True): msg("does not begin and end with a double quotation mark"),
}
