"""Checkers of the family `startend`: the end of the text, and quotation marks around it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.messages import msg, quoted
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
        observed = msg("ends with %(phrase)s", phrase=quoted(variant.text[start:end]))
        note = msg("the text %(ends)s, %(phrase)s asked", ends=observed, phrase=quoted(self.phrase))
        return Explanation(observed, [(start, end)], "" if obeyed else note)


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
        return Explanation(observed, wrong, msg("the text %(problem)s", problem=observed))


_WRONG_ENDS = {
    (True, False): msg("does not begin with a double quotation mark"),
    (False, True): msg("does not end with a double quotation mark"),
    (True, True): msg("does not begin and end with a double quotation mark"),
}
