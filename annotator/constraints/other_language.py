"""The kind `unverifiable:other_language`, for checkers that do not hold for a prompt's language.

IFEval's checkers are made for English. Some read any language, others count words by spaces, know one comma or require
English: on other texts their verdicts would be wrong without a word about it. Owns which kind reads which language.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from annotator.constraints.checker import Checker, UndecidableError
from annotator.constraints.messages import msg
from annotator.constraints.parameters import Parameter, Text
from annotator.constraints.text_variants import TextVariant

KIND = "unverifiable:other_language"

_ENGLISH = frozenset({"English"})
_SPACED = _ENGLISH | {"French", "German", "Italian", "Portuguese", "Russian", "Spanish", "Vietnamese"}
"""Languages with capital letters, spaces between words, and no combining marks in the usual spelling."""
_ASCII_PUNCTUATION = _SPACED | {"Hindi"}
"""Languages that are written with the ASCII comma and quotation mark."""

_LANGUAGES_OF_KIND = {
    "change_case:english_capital": _ENGLISH,
    "change_case:english_lowercase": _ENGLISH,
    "detectable_format:constrained_response": _ENGLISH,
    "change_case:capital_word_frequency": _SPACED,
    "keywords:forbidden_words": _SPACED,
    "length_constraints:nth_paragraph_first_word": _SPACED,
    "length_constraints:number_sentences": _SPACED,
    "length_constraints:number_words": _SPACED,
    "punctuation:no_comma": _ASCII_PUNCTUATION,
    "startend:quotation": _ASCII_PUNCTUATION,
}
"""Kind -> the languages that its checker reads; a kind that is not here reads every language."""


def reads(kind: str, language: str) -> bool:
    """Return whether the checker of `kind` decides texts in `language`, an English name such as "Hindi"."""
    return language in _LANGUAGES_OF_KIND.get(kind, {language})


def original(kind: str, kwargs: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the kind and arguments that a constraint of this kind stands for; None for any other kind."""
    of_kind, arguments = kwargs.get("of_kind"), kwargs.get("arguments")
    if kind == KIND and isinstance(of_kind, str) and isinstance(arguments, Mapping):
        return of_kind, arguments
    return None


class Arguments(Parameter):
    """The arguments of the constraint that is stood for."""

    def check(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"must be an object, not {value!r:.80}")
        return value


class OtherLanguage(Checker):
    """Stands for a constraint of another kind; never decided. `annotator.constraints.title` gives that one's title."""

    kind = KIND
    label = msg("Not verifiable in this language")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("of_kind"), Text("language"), Arguments("arguments"))
    random_where_missing = False
    disobeyed_by_blank = False

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._of_kind: str = kwargs["of_kind"]
        self._language: str = kwargs["language"]

    @property
    def required(self) -> str:
        return msg("cannot be told")

    @property
    def title(self) -> str:
        return self.label

    def obeys(self, variant: TextVariant) -> bool:
        raise UndecidableError(
            msg(
                "the checker of %(kind)s is made for English and does not hold for %(language)s",
                kind=self._of_kind,
                language=msg(self._language),
            )
        )

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> NoReturn:
        raise AssertionError("never decided, so there is nothing to explain")
