"""The family `startend`: how the text ends, and quotation marks around it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.parameters import Parameter, Text
from annotator.constraints.wording import quoted, said

_QUOTE = '"'


class EndPhrase(Checker):
    """The text ends with the phrase, in any case, white space and quotation marks at its ends aside."""

    kind = "startend:end_checker"
    label = said("Ending")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("end_phrase"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.phrase = kwargs["end_phrase"].strip()

    @property
    def required(self) -> str:
        return said("ends with %(phrase)s", phrase=quoted(self.phrase))

    @property
    def title(self) -> str:
        return said("Ends with the phrase %(phrase)s", phrase=quoted(self.phrase))

    def obeys(self, reading: Reading) -> bool:
        return reading.stripped.strip(_QUOTE).lower().endswith(self.phrase.lower())

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        start, end = reading.core
        bare = reading.text[start:end].rstrip(_QUOTE)
        if bare:
            end = start + len(bare)
        start = max(start, end - max(1, len(self.phrase)))
        observed = said("ends with %(phrase)s", phrase=quoted(reading.text[start:end]))
        note = said("the text %(ends)s, %(phrase)s asked", ends=observed, phrase=quoted(self.phrase))
        return Explanation(observed, [(start, end)], "" if obeyed else note)


class Quotation(Checker):
    """The first and the last character are ASCII double quotation marks."""

    kind = "startend:quotation"
    label = said("Quotation marks")

    @property
    def required(self) -> str:
        return said("the whole text in double quotation marks")

    @property
    def title(self) -> str:
        return said("Wrapped in double quotation marks")

    def obeys(self, reading: Reading) -> bool:
        text = reading.stripped
        return len(text) > 1 and text[0] == _QUOTE and text[-1] == _QUOTE

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        start, end = reading.core
        first, last = (start, start + 1), (end - 1, end)
        if obeyed:
            return Explanation(said("begins and ends with a quotation mark"), [first, last])
        if end - start == 1:
            note = said("a single character cannot be in quotation marks")
            return Explanation(said("a single character"), [first], note)
        wrong = [span for span in (first, last) if reading.text[span[0]] != _QUOTE]
        observed = _WRONG_ENDS[first in wrong, last in wrong]
        return Explanation(observed, wrong, said("the text %(problem)s", problem=observed))


_WRONG_ENDS = {
    (True, False): said("does not begin with a double quotation mark"),
    (False, True): said("does not end with a double quotation mark"),
    (True, True): said("does not begin and end with a double quotation mark"),
}
