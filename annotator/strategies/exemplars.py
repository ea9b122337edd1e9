"""Exemplars as frozen values: prompt, reasoning and answer, and the bounds of a set. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import regex  # type: ignore[import-untyped]

from annotator.constraints.messages import msg
from annotator.options import OptionsError, read_options
from annotator.text_cleaning import UNSTORABLE

MOST_EXEMPLARS = 64
LONGEST_TEXT = 50_000
"""The most characters of one prompt, reasoning or answer."""
LONGEST_SET = 400_000
"""The most characters of all exemplars of a set: every request of its run repeats them."""

_WHITE_SPACE = re.compile(r"\s+")
_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
"""Soft hyphens, zero-width spaces, byte order marks: what copying from a page adds and no reader sees."""


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One demonstration; `reasoning` may be empty."""

    prompt: str
    answer: str
    reasoning: str = ""

    def __post_init__(self) -> None:
        for name in ("prompt", "answer"):
            if not getattr(self, name).strip():
                raise OptionsError(msg("%(name)s is empty; an exemplar has a prompt and an answer.", name=name))
        for field in fields(self):
            name, text = field.name, getattr(self, field.name)
            if len(text) > LONGEST_TEXT:
                values = {"name": name, "n": f"{len(text):,}", "cap": f"{LONGEST_TEXT:,}"}
                raise OptionsError(msg("%(name)s has %(n)s characters; at most %(cap)s are read.", **values))
            if unstorable := UNSTORABLE.search(text):
                values = {"name": name, "place": str(unstorable.start() + 1)}
                raise OptionsError(msg("%(name)s has a character that cannot be stored at %(place)s.", **values))


def read_exemplars(values: Sequence[Mapping[str, Any]], *, where: str) -> tuple[Exemplar, ...]:
    """Read a set of exemplars, at least one. Raises OptionsError, which names `where` and the exemplar's number."""
    if not values:
        raise OptionsError(
            msg("%(where)s: there is none; give at least one exemplar, or use the strategy base.", where=where)
        )
    if len(values) > MOST_EXEMPLARS:
        many = {"where": where, "n": f"{len(values):,}", "cap": MOST_EXEMPLARS}
        raise OptionsError(msg("%(where)s: there are %(n)s; give at most %(cap)s.", **many))
    exemplars = tuple(
        _read_exemplar(value, msg("%(where)s: exemplar %(number)s", where=where, number=number))
        for number, value in enumerate(values, 1)
    )
    characters = sum(len(text) for exemplar in exemplars for text in asdict(exemplar).values())
    if characters > LONGEST_SET:
        long = {"where": where, "n": f"{characters:,}", "cap": f"{LONGEST_SET:,}"}
        raise OptionsError(msg("%(where)s: together they have %(n)s characters; give at most %(cap)s.", **long))
    return exemplars


def comparable_text(text: str) -> str:
    """Return `text` as prompts are compared.

    Compatible characters, letter case, white space and invisible characters make no difference.
    """
    seen = _INVISIBLE.sub("", text)
    return _WHITE_SPACE.sub(" ", unicodedata.normalize("NFKC", seen).casefold()).strip()


def _read_exemplar(value: Mapping[str, Any], where: str) -> Exemplar:
    try:
        return read_options(Exemplar, value, where=where)
    except OptionsError as error:
        problem = error.args[0]
        if not problem.startswith(where):
            problem = msg("%(where)s: %(problem)s", where=where, problem=problem)
        raise OptionsError(problem) from None
