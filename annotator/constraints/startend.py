"""The family `startend`: how the text ends, and quotation marks around it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.parameters import Parameter, Text
from annotator.constraints.wording import quoted

_QUOTE = '"'


class EndPhrase(Checker):
    """The text ends with the phrase, in any case, white space and quotation marks at its ends aside."""

    kind = "startend:end_checker"
    label = "Ending"
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("end_phrase"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.phrase = kwargs["end_phrase"].strip()

    @property
    def required(self) -> str:
        return f"ends with {quoted(self.phrase)}"

    @property
    def title(self) -> str:
        return f"Ends with the phrase {quoted(self.phrase)}"

    def obeys(self, reading: Reading) -> bool:
        return reading.stripped.strip(_QUOTE).lower().endswith(self.phrase.lower())

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        start, end = reading.core
        bare = reading.text[start:end].rstrip(_QUOTE)
        if bare:
            end = start + len(bare)
        start = max(start, end - max(1, len(self.phrase)))
        tail = reading.text[start:end]
        note = "" if obeyed else f"the text ends with {quoted(tail)}, {quoted(self.phrase)} asked"
        return Explanation(f"ends with {quoted(tail)}", [(start, end)], note)


class Quotation(Checker):
    """The first and the last character are ASCII double quotation marks."""

    kind = "startend:quotation"
    label = "Quotation marks"

    @property
    def required(self) -> str:
        return "the whole text in double quotation marks"

    @property
    def title(self) -> str:
        return "Wrapped in double quotation marks"

    def obeys(self, reading: Reading) -> bool:
        text = reading.stripped
        return len(text) > 1 and text[0] == _QUOTE and text[-1] == _QUOTE

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        start, end = reading.core
        first, last = (start, start + 1), (end - 1, end)
        if obeyed:
            return Explanation("begins and ends with a quotation mark", [first, last])
        if end - start == 1:
            return Explanation("a single character", [first], "a single character cannot be in quotation marks")
        wrong = [span for span in (first, last) if reading.text[span[0]] != _QUOTE]
        ends = " and ".join({first: "begin", last: "end"}[span] for span in wrong)
        note = f"the text does not {ends} with a double quotation mark"
        return Explanation(note.removeprefix("the text "), wrong, note)
