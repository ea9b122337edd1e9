"""The family `punctuation`: no commas."""

import re

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.wording import counted

_OTHER_COMMAS = re.compile("[\u060c\u3001\ufe50\uff0c\uff64]")


class NoComma(Checker):
    """No ASCII comma; Arabic, Chinese and full-width ones are let pass."""

    kind = "punctuation:no_comma"
    label = "No commas"

    @property
    def required(self) -> str:
        return "no commas"

    @property
    def title(self) -> str:
        return "No commas"

    def obeys(self, reading: Reading) -> bool:
        return "," not in reading.text

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        if obeyed:
            others = len(_OTHER_COMMAS.findall(reading.text))
            note = (
                f"{counted(others, 'comma')} of other scripts, which the official checker lets pass" if others else ""
            )
            return Explanation("no commas", note=note)
        found = counted(reading.text.count(","), "comma")
        spans = (match.span() for match in re.finditer(",", reading.text))
        return Explanation(found, spans, f"{found}, none allowed")
