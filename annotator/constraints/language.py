"""The family `language`: the whole answer in one language."""

from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.analysis import Reading
from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.parameters import Choice, Parameter

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi",
    "it": "Italian", "ja": "Japanese", "kn": "Kannada", "ko": "Korean", "ml": "Malayalam", "mr": "Marathi",
    "ne": "Nepali", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sw": "Swahili",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
}  # fmt: skip
"""The languages the official checker knows by name; it fails on any other code."""

_MORE_NAMES = {"zh-cn": "Chinese", "zh-tw": "Chinese (traditional)", "nl": "Dutch", "tr": "Turkish"}

UNDETECTABLE = "no language can be detected in this text, which the official checker counts as obeyed"


def language_name(code: str | None) -> str:
    """The English name, or the code itself in quotes."""
    if code is None:
        return "no detectable language"
    return LANGUAGES.get(code) or _MORE_NAMES.get(code) or f"“{code}”"


class ResponseLanguage(Checker):
    """The detector names the asked language; where it finds nothing to go by, the constraint is obeyed."""

    kind = "language:response_language"
    label = "Response language"
    parameters: ClassVar[tuple[Parameter, ...]] = (Choice("language", tuple(LANGUAGES)),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.language: str = kwargs["language"]

    @property
    def required(self) -> str:
        return LANGUAGES[self.language]

    @property
    def title(self) -> str:
        return f"Entirely in {self.required}"

    def obeys(self, reading: Reading) -> bool:
        return reading.language in (None, self.language)

    def explain(self, reading: Reading, obeyed: bool, prompt: str) -> Explanation:
        found = language_name(reading.language)
        if reading.language is None:
            return Explanation(found, note=UNDETECTABLE)
        note = "" if obeyed else f"the text is detected as {found}, {self.required} asked"
        return Explanation(found, () if obeyed else [reading.core], note)
