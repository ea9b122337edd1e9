"""Checkers of IFBench's family `count` for words of a fixed list or script."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar

from annotator.constraints.checker import Comparison
from annotator.constraints.ifbench.finding import Finding, FindingChecker, compared
from annotator.constraints.ifbench.words import STRIPPED, Word, bare, pieces
from annotator.constraints.messages import Unit, msg
from annotator.constraints.parameters import AT_LEAST, Integer, Parameter
from annotator.constraints.text_variants import TextVariant

_CONJUNCTIONS = frozenset(("and", "but", "for", "nor", "or", "so", "yet"))
_PRONOUNS = frozenset((
    "i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves", "you", "your", "yours", "yourself",
    "yourselves", "he", "him", "his", "himself", "she", "her", "hers", "herself", "it", "its", "itself", "they", "them",
    "their", "theirs", "themselves",
))  # fmt: skip
_NAMES = (
    "Emma", "Liam", "Sophia", "Jackson", "Olivia", "Noah", "Ava", "Lucas", "Isabella", "Mason", "Mia", "Ethan",
    "Charlotte", "Alexander", "Amelia", "Benjamin", "Harper", "Leo", "Zoe", "Daniel", "Chloe", "Samuel", "Lily",
    "Matthew", "Grace", "Owen", "Abigail", "Gabriel", "Ella", "Jacob", "Scarlett", "Nathan", "Victoria", "Elijah",
    "Layla", "Nicholas", "Audrey", "David", "Hannah", "Christopher", "Penelope", "Thomas", "Nora", "Andrew", "Aria",
    "Joseph", "Claire", "Ryan", "Stella", "Jonathan",
)  # fmt: skip
_BETWEEN_SLASHES = re.compile(r"[^\s/]+")
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


class Conjunctions(FindingChecker):
    """Number of different coordinating conjunctions, where the official code takes each spelling for another one."""

    kind = "count:conjunctions"
    label = msg("Different conjunctions")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("small_n"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        unit = Unit("%(n)s different coordinating conjunction", "%(n)s different coordinating conjunctions")
        self.comparison = Comparison(AT_LEAST, kwargs["small_n"], unit)

    @property
    def required(self) -> str:
        return self.comparison.required

    def find(self, variant: TextVariant) -> Finding:
        first: dict[str, Word] = {}
        for piece in pieces(variant.text):
            if piece.text.strip(STRIPPED).lower() in _CONJUNCTIONS:
                first.setdefault(piece.text, piece)
        found = compared(len(first), self.comparison, [piece.span for piece in first.values()])
        words = {spelling.strip(STRIPPED).lower() for spelling in first}
        if not found.obeyed or self.comparison.holds(len(words)):
            return found
        note = msg("the official checker counts each spelling of a conjunction, such as “and” and “And”, by itself")
        return Finding(True, found.observed, found.spans, note)


class PersonNames(FindingChecker):
    """Number of different names of a fixed list, found anywhere, inside other words too."""

    kind = "count:person_names"
    label = msg("Person names")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("N"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        unit = Unit("%(n)s different person name of the list", "%(n)s different person names of the list")
        self.comparison = Comparison(AT_LEAST, kwargs["N"], unit)

    @property
    def required(self) -> str:
        return self.comparison.required

    def find(self, variant: TextVariant) -> Finding:
        first = [(variant.text.find(name), len(name)) for name in _NAMES]
        spans = [(start, start + length) for start, length in first if start >= 0]
        return compared(len(spans), self.comparison, spans)


class Pronouns(FindingChecker):
    """Number of personal and possessive pronouns; a slash separates words."""

    kind = "count:pronouns"
    label = msg("Number of pronouns")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("N"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.comparison = Comparison(AT_LEAST, kwargs["N"], Unit("%(n)s pronoun", "%(n)s pronouns"))

    @property
    def required(self) -> str:
        return self.comparison.required

    def find(self, variant: TextVariant) -> Finding:
        matches = _BETWEEN_SLASHES.finditer(variant.text)
        spans = [match.span() for match in matches if bare(match[0].lower()) in _PRONOUNS]
        return compared(len(spans), self.comparison, spans)


class WordsJapanese(FindingChecker):
    """Every n-th piece between white space holds a Japanese character; numbers are exempt."""

    kind = "count:words_japanese"
    label = msg("Every n-th word in Japanese")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("N", minimum=1),)
    random_where_missing = False

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.period: int = kwargs["N"]

    @property
    def required(self) -> str:
        return msg("a Japanese word at every position that %(n)d divides", n=self.period)

    def find(self, variant: TextVariant) -> Finding:
        places = islice(pieces(variant.text), self.period - 1, None, self.period)
        compulsory = [piece for piece in places if self._counts(piece.text.strip(STRIPPED))]
        foreign = [piece.span for piece in compulsory if not _JAPANESE.search(piece.text.strip(STRIPPED))]
        observed = msg(
            "%(n)d of %(all)d such words are Japanese", n=len(compulsory) - len(foreign), all=len(compulsory)
        )
        if not foreign:
            return Finding(True, observed, [piece.span for piece in compulsory])
        return Finding(False, observed, foreign, msg("%(found)s, all required", found=observed))

    @staticmethod
    def _counts(word: str) -> bool:
        return bool(word) and not word.isdigit()
