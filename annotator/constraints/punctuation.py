"""The family `punctuation`: no commas."""

import re

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.wording import Unit, amount, said, sentence

_OTHER_COMMAS = re.compile("[\u060c\u3001\ufe50\uff0c\uff64]")

_OTHERS = Unit(
    "%(n)s comma of other scripts, which the official checker lets pass",
    "%(n)s commas of other scripts, which the official checker lets pass",
)


class NoComma(Checker):
    """No ASCII comma; Arabic, Chinese and full-width ones are let pass."""

    kind = "punctuation:no_comma"
    label = said("No commas")

    @property
    def required(self) -> str:
        return said("no commas")

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, reading: Reading) -> bool:
        return "," not in reading.text

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        if obeyed:
            others = len(_OTHER_COMMAS.findall(reading.text))
            return Explanation(said("no commas"), note=amount(others, _OTHERS) if others else "")
        found = amount(reading.text.count(","), Unit("%(n)s comma", "%(n)s commas"))
        spans = (match.span() for match in re.finditer(",", reading.text))
        return Explanation(found, spans, said("%(found)s, none allowed", found=found))
