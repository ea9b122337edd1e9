"""The family `language`: the whole answer in one language."""

from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.parameters import Choice, Parameter
from annotator.constraints.wording import said

LANGUAGES = {
    "ar": said("Arabic"), "bg": said("Bulgarian"), "bn": said("Bengali"), "de": said("German"),
    "en": said("English"), "es": said("Spanish"), "fa": said("Persian"), "fi": said("Finnish"),
    "fr": said("French"), "gu": said("Gujarati"), "he": said("Hebrew"), "hi": said("Hindi"),
    "it": said("Italian"), "ja": said("Japanese"), "kn": said("Kannada"), "ko": said("Korean"),
    "ml": said("Malayalam"), "mr": said("Marathi"), "ne": said("Nepali"), "pa": said("Punjabi"),
    "pl": said("Polish"), "pt": said("Portuguese"), "ru": said("Russian"), "sw": said("Swahili"),
    "ta": said("Tamil"), "te": said("Telugu"), "th": said("Thai"), "uk": said("Ukrainian"),
    "ur": said("Urdu"), "vi": said("Vietnamese"),
}  # fmt: skip
"""The languages the official checker knows by name; it fails on any other code."""

_MORE_NAMES = {
    "zh-cn": said("Chinese"),
    "zh-tw": said("Chinese (traditional)"),
    "nl": said("Dutch"),
    "tr": said("Turkish"),
}

UNDETECTABLE = said("no language can be detected in this text, which the official checker counts as obeyed")


def language_name(code: str | None) -> str:
    """The English name, or the code itself in quotes."""
    if code is None:
        return said("no detectable language")
    return LANGUAGES.get(code) or _MORE_NAMES.get(code) or f"“{code}”"


class ResponseLanguage(Checker):
    """The detector names the asked language; where it finds nothing to go by, the constraint is obeyed."""

    kind = "language:response_language"
    label = said("Response language")
    parameters: ClassVar[tuple[Parameter, ...]] = (Choice("language", tuple(LANGUAGES)),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.language: str = kwargs["language"]

    @property
    def required(self) -> str:
        return LANGUAGES[self.language]

    @property
    def title(self) -> str:
        return said("Entirely in %(language)s", language=self.required)

    def obeys(self, reading: Reading) -> bool:
        return reading.language in (None, self.language)

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        found = language_name(reading.language)
        if reading.language is None:
            return Explanation(found, note=UNDETECTABLE)
        if obeyed:
            return Explanation(found)
        note = said("the text is detected as %(language)s, %(asked)s asked", language=found, asked=self.required)
        return Explanation(found, [reading.core], note)
