"""Registry of kinds: IFEval's 25, IFBench's 58, two more, and a study's own by entry point.

An installed package adds a kind by an entry point of the group `cotrast.constraints`, whose name is
the kind and whose value is a subclass of `Checker`. Entry points are listed at once and loaded on
first use, so that a broken one disables only its own kind.
"""

from functools import cache
from importlib import metadata

from annotator.constraints import (
    case,
    combination,
    content,
    format,
    keywords,
    language,
    length,
    punctuation,
    sections,
    startend,
)
from annotator.constraints.checker import Checker
from annotator.constraints.complexbench.question import ScoringQuestion
from annotator.constraints.ifbench import CHECKERS as IFBENCH_CHECKERS
from annotator.constraints.other_language import OtherLanguage
from annotator.constraints.own_kinds import FAILURES, guarded, reason_of
from annotator.constraints.verdict import UnknownKindError

GROUP = "cotrast.constraints"

_CHECKERS: tuple[type[Checker], ...] = (
    case.CapitalWordFrequency,
    case.EnglishCapital,
    case.EnglishLowercase,
    combination.RepeatPrompt,
    combination.TwoResponses,
    content.NumberPlaceholders,
    content.Postscript,
    format.ConstrainedResponse,
    format.JsonFormat,
    sections.MultipleSections,
    format.NumberBullets,
    format.NumberHighlights,
    format.Title,
    keywords.ForbiddenWords,
    keywords.KeywordExistence,
    keywords.KeywordFrequency,
    keywords.LetterFrequency,
    language.ResponseLanguage,
    length.NthParagraphFirstWord,
    length.NumberParagraphs,
    length.NumberSentences,
    length.NumberWords,
    punctuation.NoComma,
    startend.EndPhrase,
    startend.Quotation,
    ScoringQuestion,
    OtherLanguage,
    *IFBENCH_CHECKERS,
)
_BUILT_IN = {checker.kind: checker for checker in _CHECKERS}


class EntryPointError(UnknownKindError):
    """Raised where a study's own kind cannot be loaded; the message names the entry point and the reason."""

    def __init__(self, kind: str, point: metadata.EntryPoint, problem: str) -> None:
        ValueError.__init__(self, f"entry point {kind!r} of the group {GROUP} ({point.value}) {problem}")
        self.kind, self.brief = kind, str(self)


@cache
def _entry_points() -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=GROUP)}


@cache
def _load(kind: str) -> type[Checker] | EntryPointError:
    """Return the guarded checker, or why there is none; an import that failed is not tried for every constraint."""
    point = _entry_points()[kind]
    try:
        checker = point.load()
    except FAILURES as error:
        return EntryPointError(kind, point, f"cannot be loaded: {reason_of(error)}")
    if not (isinstance(checker, type) and issubclass(checker, Checker)) or getattr(checker, "kind", None) != kind:
        return EntryPointError(kind, point, f"must be a subclass of Checker whose kind is {kind!r}")
    return guarded(checker)


def kinds() -> list[str]:
    """Return every known kind, sorted."""
    return sorted(_BUILT_IN | _entry_points())


def checker_class(kind: str) -> type[Checker]:
    """Return the checker class of a kind; built-in ones cannot be replaced. Raises `UnknownKindError`."""
    if kind in _BUILT_IN:
        return _BUILT_IN[kind]
    if kind in _entry_points():
        loaded = _load(kind)
        if isinstance(loaded, EntryPointError):
            raise loaded
        return loaded
    raise UnknownKindError(kind, kinds())
