"""Checker of the family `language`: the whole text in one language."""

import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.messages import joined, msg
from annotator.constraints.parameters import Choice, Parameter
from annotator.constraints.text_variants import TextVariant

LANGUAGES = {
    "ar": msg("Arabic"), "bg": msg("Bulgarian"), "bn": msg("Bengali"), "de": msg("German"),
    "en": msg("English"), "es": msg("Spanish"), "fa": msg("Persian"), "fi": msg("Finnish"),
    "fr": msg("French"), "gu": msg("Gujarati"), "he": msg("Hebrew"), "hi": msg("Hindi"),
    "it": msg("Italian"), "ja": msg("Japanese"), "kn": msg("Kannada"), "ko": msg("Korean"),
    "ml": msg("Malayalam"), "mr": msg("Marathi"), "ne": msg("Nepali"), "pa": msg("Punjabi"),
    "pl": msg("Polish"), "pt": msg("Portuguese"), "ru": msg("Russian"), "sw": msg("Swahili"),
    "ta": msg("Tamil"), "te": msg("Telugu"), "th": msg("Thai"), "uk": msg("Ukrainian"),
    "ur": msg("Urdu"), "vi": msg("Vietnamese"),
}  # fmt: skip
"""The language codes that the official checker accepts, with their names; it fails on any other code."""

_MORE_NAMES = {
    "zh-cn": msg("Chinese"), "zh-tw": msg("Chinese (traditional)"),
    "af": msg("Afrikaans"), "ca": msg("Catalan"), "cs": msg("Czech"), "cy": msg("Welsh"),
    "da": msg("Danish"), "el": msg("Greek"), "et": msg("Estonian"), "hr": msg("Croatian"),
    "hu": msg("Hungarian"), "id": msg("Indonesian"), "lt": msg("Lithuanian"), "lv": msg("Latvian"),
    "mk": msg("Macedonian"), "nl": msg("Dutch"), "no": msg("Norwegian"), "ro": msg("Romanian"),
    "sk": msg("Slovak"), "sl": msg("Slovenian"), "so": msg("Somali"), "sq": msg("Albanian"),
    "sv": msg("Swedish"), "tl": msg("Tagalog"), "tr": msg("Turkish"),
}  # fmt: skip
"""Further languages that the detector knows."""

_SCRIPTS = {
    msg("Arabic script"): ("ar", "fa", "ur"), msg("Cyrillic"): ("bg", "ru", "uk"), msg("Bengali script"): ("bn",),
    msg("Devanagari"): ("hi", "mr", "ne"), msg("Gujarati script"): ("gu",), msg("Gurmukhi"): ("pa",),
    msg("Hangul"): ("ko",), msg("Hebrew script"): ("he",), msg("Kannada script"): ("kn",),
    msg("Malayalam script"): ("ml",), msg("Tamil script"): ("ta",), msg("Telugu script"): ("te",),
    msg("Thai script"): ("th",),
}  # fmt: skip
"""Scripts, whose first word is Unicode's name, and the languages that are written in them alone."""
_SCRIPT_OF = {code: script for script, codes in _SCRIPTS.items() for code in codes}

_FEW_WORDS, _SHORT = 12, 100  # words, characters: a script without spaces has few words in any text
UNDETECTABLE = msg("no language can be detected in this text, which the official checker counts as obeyed")


def language_name(code: str | None) -> str:
    """Return the English name, or the code itself in quotes."""
    if code is None:
        return msg("no detectable language")
    return LANGUAGES.get(code) or _MORE_NAMES.get(code) or f"“{code}”"


def few_words_note(variant: TextVariant) -> str:
    """Return why another language than the one asked may be wrong, "" if nothing speaks against it.

    Of six models' IFEval responses in one case, 13 of 38 with so few words are detected as another language than
    English, and 6 of 281 longer ones.
    """
    if variant.word_count > _FEW_WORDS or len(variant.text) > _SHORT:
        return ""
    return msg("in so few words the official detector often takes one language for another")


def script_note(text: str, code: str) -> str:
    """Return that a text has no letter of the script of a language, which the detector knows in that script alone."""
    script = _SCRIPT_OF.get(code)
    if script is None:
        return ""
    begins = script.partition(" ")[0].upper()
    if any(unicodedata.name(character, "").startswith(begins) for character in set(text)):
        return ""
    return msg(
        "it has no letter in %(script)s, and the detector knows %(language)s in that alone",
        script=script,
        language=LANGUAGES[code],
    )


class ResponseLanguage(Checker):
    """The detector names the required language; where it cannot detect any, the constraint is obeyed."""

    kind = "language:response_language"
    label = msg("Response language")
    parameters: ClassVar[tuple[Parameter, ...]] = (Choice("language", tuple(LANGUAGES)),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.language: str = kwargs["language"]

    @property
    def required(self) -> str:
        return LANGUAGES[self.language]

    @property
    def title(self) -> str:
        return msg("Entirely in %(language)s", language=self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return variant.language in (None, self.language)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        observed = language_name(variant.language)
        if variant.language is None:
            return Explanation(observed, note=UNDETECTABLE)
        if obeyed:
            return Explanation(observed)
        note = msg("the text is detected as %(language)s, %(asked)s asked", language=observed, asked=self.required)
        return Explanation(
            observed, [variant.core], joined(note, script_note(variant.text, self.language) or few_words_note(variant))
        )
